//! The four roles, the highest first.

use crate::text_enum;

text_enum! {
    /// Ordered by what they may: an Owner stands before everybody else.
    pub enum Role {
        Owner = "owner",
        Admin = "admin",
        Editor = "editor",
        Viewer = "viewer",
    }
}

impl Role {
    /// As pages say it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Admin => "Admin",
            Self::Editor => "Editor",
            Self::Viewer => "Viewer",
        }
    }

    /// What the role may do, in a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Owner => "Everything, also policies, workspace keys, other Owners and the end of the organization.",
            Self::Admin => "Projects, keys and secrets, the profile, billing, and who is an Editor or Viewer.",
            Self::Editor => "Projects, samples and project keys; the names of secrets.",
            Self::Viewer => "Looks at projects, members, usage and activity.",
        }
    }

    /// Nobody acts on a peer or a superior, Owners excepted.
    pub fn may_act_on(self, other: Self) -> bool {
        match self {
            Self::Owner => true,
            Self::Admin => other > Self::Admin,
            Self::Editor | Self::Viewer => false,
        }
    }

    /// The roles this one may give and take.
    pub fn gives(self) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |role| self.may_act_on(*role))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_acts_on_a_peer_or_a_superior_but_owners() {
        assert!(Role::Owner.may_act_on(Role::Owner));
        assert!(!Role::Admin.may_act_on(Role::Admin) && !Role::Admin.may_act_on(Role::Owner));
        assert_eq!(Role::Admin.gives().collect::<Vec<_>>(), [Role::Editor, Role::Viewer]);
        assert_eq!(Role::Editor.gives().count() + Role::Viewer.gives().count(), 0);
    }
}
