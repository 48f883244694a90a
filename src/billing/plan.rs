//! One plan, and the plans of this instance.

/// Money in US cents. `None` is by agreement for money, no limit for everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Stored with every workspace that has the plan.
    pub id: String,
    pub name: String,
    pub description: String,
    /// Of one seat.
    pub month_cents: Option<i64>,
    pub year_cents: Option<i64>,
    /// Given once, when the account is created.
    pub sign_up_credit_cents: i64,
    /// Given to each seat each month; does not roll over.
    pub month_credit_cents: i64,
    pub seats: Option<i64>,
    pub storage_gb: Option<i64>,
    pub models: Option<i64>,
    /// Compute minutes a calendar month: CPU + `gpu_weight` × GPU.
    pub minutes: Option<i64>,
    pub gpu_weight: i64,
    pub features: Vec<String>,
}

/// At least one plan, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plans {
    first: Plan,
    others: Vec<Plan>,
}

impl Plans {
    /// None without any plan.
    pub fn new(plans: Vec<Plan>) -> Option<Self> {
        let mut plans = plans.into_iter();
        Some(Self { first: plans.next()?, others: plans.collect() })
    }

    /// What a new account begins with.
    pub fn first(&self) -> &Plan {
        &self.first
    }

    pub fn all(&self) -> impl Iterator<Item = &Plan> {
        std::iter::once(&self.first).chain(&self.others)
    }

    pub fn find(&self, id: &str) -> Option<&Plan> {
        self.all().find(|plan| plan.id == id)
    }

    /// The plan of a workspace. One that was taken out of the file falls back to the first: nobody is locked out by an
    /// edit, and `doctor` names those it happened to.
    pub fn of(&self, id: &str) -> &Plan {
        self.find(id).unwrap_or(&self.first)
    }

    pub fn gpu_weight(&self, id: &str) -> i64 {
        self.of(id).gpu_weight
    }
}
