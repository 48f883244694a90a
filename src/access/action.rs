//! The matrix: each thing that can be done in a workspace, and which roles may do it.

use super::Role;

/// Something that can be done in a workspace.
pub trait Action {
    /// As it completes "You may not …".
    const WORDS: &'static str;
    const ALLOWED: &'static [Role];
}

macro_rules! matrix {
    ($($(#[$doc:meta])* $name:ident = $words:literal: $($role:ident)+;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;
            impl Action for $name {
                const WORDS: &'static str = $words;
                const ALLOWED: &'static [Role] = &[$(Role::$role),+];
            }
        )+

        /// The same table as data, for the test that walks every role through every route.
        pub const MATRIX: &[(&str, &[Role])] = &[$((stringify!($name), $name::ALLOWED)),+];
    };
}

matrix! {
    /// Projects, members, usage and activity.
    See = "look at this": Owner Admin Editor Viewer;
    /// Projects and artifacts: create, edit, delete, restore.
    EditProjects = "change projects": Owner Admin Editor;
    /// Samples, from a page or with a session's token.
    SendSamples = "send samples": Owner Admin Editor;
    /// Keys of a project, up to one's own rights.
    ManageKeys = "manage keys": Owner Admin Editor;
    /// Names of secrets; their values nobody sees.
    SeeSecrets = "see secrets": Owner Admin Editor;
    ChangeSecrets = "change secrets": Owner Admin;
    /// Invite, change and remove Editors and Viewers.
    ManageMembers = "manage members": Owner Admin;
    /// The organization's profile.
    EditOrganization = "change the organization": Owner Admin;
    ManageBilling = "manage billing": Owner Admin;
    /// Invite, change and remove Admins and Owners; hand the organization over.
    ManageOwners = "manage Admins and Owners": Owner;
    ManageWorkspaceKeys = "manage workspace keys": Owner;
    ManagePolicies = "change policies": Owner;
    DeleteOrganization = "delete the organization": Owner;
}
