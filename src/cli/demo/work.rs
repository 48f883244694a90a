//! Who works together in the demonstration, and on what. All names are made up.

use crate::access::Role;
use crate::projects::artifacts::ArtifactKind;

/// An organization, or what somebody has of their own.
pub struct TeamCast {
    pub title: &'static str,
    /// In the cast.
    pub founder: &'static str,
    /// Of those who join the founder, who live nearby; `None` is the founder's own workspace.
    pub roles: Option<&'static [Role]>,
    /// Addresses that have not answered yet.
    pub invited: &'static [(&'static str, Role)],
    pub plan: &'static str,
    /// In days.
    pub age: u64,
    pub has_picture: bool,
    /// How much it computes.
    pub busy: u32,
    pub projects: &'static [ProjectCast],
}

pub struct ProjectCast {
    pub name: &'static str,
    pub description: &'static str,
    pub is_public: bool,
    pub sends: Sends,
    pub device_type: &'static str,
    pub days_of_samples: u64,
    /// Kind, name, bytes, and how many days ago.
    pub artifacts: &'static [(ArtifactKind, &'static str, i64, u64)],
}

/// What its devices record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sends {
    Nothing,
    Vibration,
    Songs,
    Leaves,
}

const MB: i64 = 1_000_000;

pub const TEAMS: &[TeamCast] = &[
    TeamCast {
        title: "Northwind Sensors",
        founder: super::cast::PERSON,
        roles: Some(&[Role::Admin, Role::Editor, Role::Editor, Role::Viewer]),
        invited: &[("wilma.osterman@example.net", Role::Viewer), ("t.achterberg@example.net", Role::Editor)],
        plan: "enterprise",
        age: 110,
        has_picture: true,
        busy: 110,
        projects: &[
            ProjectCast {
                name: "Gearbox vibration",
                description: "Tells a worn bearing from a healthy one by a second and a half of vibration, on the gateway \
                              beside the machine.",
                is_public: false,
                sends: Sends::Vibration,
                device_type: "VIBRATION-GATEWAY-2",
                days_of_samples: 42,
                artifacts: &[
                    (ArtifactKind::Dataset, "Line 3, spring", 412 * MB, 60),
                    (ArtifactKind::Dataset, "Line 3 and 4, autumn", 655 * MB, 21),
                    (ArtifactKind::Model, "Bearing classifier, 8 bits", 91_648, 20),
                    (ArtifactKind::Model, "Bearing classifier, 8 bits, pruned", 48_320, 6),
                ],
            },
            ProjectCast {
                name: "Bird song",
                description: "Names garden birds from half a second of song. A side project that everybody may look at.",
                is_public: true,
                sends: Sends::Songs,
                device_type: "FIELD-RECORDER",
                days_of_samples: 12,
                artifacts: &[(ArtifactKind::Model, "Garden birds", 210_944, 9)],
            },
            ProjectCast {
                name: "Shelf gaps",
                description: "",
                is_public: false,
                sends: Sends::Nothing,
                device_type: "",
                days_of_samples: 0,
                artifacts: &[],
            },
        ],
    },
    TeamCast {
        title: "Tidewater Farms",
        founder: "Hana Takahashi",
        roles: Some(&[Role::Editor]),
        invited: &[],
        plan: "pro",
        age: 48,
        has_picture: false,
        busy: 40,
        projects: &[ProjectCast {
            name: "Leaf disease",
            description: "Finds rust on bean leaves before anybody sees it.",
            is_public: false,
            sends: Sends::Leaves,
            device_type: "GREENHOUSE-CAMERA",
            days_of_samples: 30,
            artifacts: &[(ArtifactKind::Dataset, "Bean leaves", 88 * MB, 12)],
        }],
    },
    TeamCast {
        title: "Jonas Weber",
        founder: super::cast::PERSON,
        roles: None,
        invited: &[],
        plan: "pro",
        age: 30,
        has_picture: false,
        busy: 0,
        projects: &[ProjectCast {
            name: "Gesture wand",
            description: "Weekend hack: a stick that knows three spells.",
            is_public: false,
            sends: Sends::Nothing,
            device_type: "",
            days_of_samples: 0,
            artifacts: &[],
        }],
    },
];
