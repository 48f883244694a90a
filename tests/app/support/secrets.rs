//! Secrets that are there already, made by the domain's own functions.

use keystead::access::action::ChangeSecrets;
use keystead::access::{Membership, Permit, Role};
use keystead::crypto::act::Act;
use keystead::crypto::token::TokenDigest;
use keystead::db::Db;
use keystead::kernel::id::{AccountId, ProjectId, WorkspaceId};
use keystead::kernel::region::Region;
use keystead::kernel::time::minutes;
use keystead::projects::project;
use keystead::secrets::adding::{self, NewSecret};
use keystead::secrets::by_hand::{self, Asking, Workspace};
use keystead::secrets::changing::{self, Changed};
use keystead::secrets::environment::{self, Environment, Granted};
use keystead::secrets::{Secret, SecretError, SecretName, SecretValue, leaks, removal};

use super::world::World;

pub fn new(name: &str, value: &str) -> NewSecret {
    NewSecret {
        name: SecretName::parse(name).unwrap(),
        value: SecretValue::typed(value).ok().unwrap(),
        description: String::new(),
    }
}

pub fn value(text: &str) -> SecretValue {
    SecretValue::typed(text).ok().unwrap()
}

/// What an Owner of this workspace may do.
pub fn permit(workspace: WorkspaceId, account: AccountId) -> Permit<ChangeSecrets> {
    Membership { workspace, account, role: Role::Owner }.permit().unwrap()
}

impl World {
    /// What a change of secrets comes to, in a transaction.
    pub fn on_secrets<T>(&self, work: impl Fn(&mut Db, &Act) -> Result<T, SecretError>) -> Result<T, SecretError> {
        let act = self.act();
        self.region(Region::Eu).write_now(|db| work(db, &act))
    }

    pub fn secret(&self, permit: &Permit<ChangeSecrets>, name: &str, value: &str) -> Secret {
        self.on_secrets(|db, act| adding::add(db, act, permit, &new(name, value))).unwrap()
    }

    /// A job's token, as the platform would get it.
    pub fn job(&self, workspace: WorkspaceId, project: Option<ProjectId>, is_privileged: bool) -> String {
        let job = "train-17".to_owned();
        let granted = Granted { workspace_id: workspace, project_id: project, job, is_privileged };
        let act = self.act();
        let issued = self.in_europe(|db| environment::issue(db, &act, Region::Eu, &granted, minutes(10)));
        issued.unwrap().0.reveal()
    }

    pub fn fetched(&self, token: &str) -> Option<Environment> {
        let act = self.act();
        self.in_europe(|db| environment::fetch(db, &act, &TokenDigest::of(token)))
    }

    /// What a job of this workspace gets, names and values.
    pub fn environment(&self, workspace: WorkspaceId, project: Option<ProjectId>) -> Vec<(String, String)> {
        let all = self.fetched(&self.job(workspace, project, false)).unwrap().variables;
        all.iter().map(|(name, value)| (name.to_string(), value.expose().to_owned())).collect()
    }
}

/// Leaves something of this account in every table of secrets: its own with a project that gets it, and one deleted in
/// another workspace.
pub fn leave_secrets(
    world: &World,
    act: &Act,
    account: AccountId,
    workspace: WorkspaceId,
    project: ProjectId,
    mark: &str,
) {
    let permit = permit(workspace, account);
    let is_own = workspace == account.personal_workspace();
    let mut new = new("OPENAI_API_KEY", mark);
    mark.clone_into(&mut new.description);
    let leave = |db: &mut Db| {
        let made = adding::add(db, act, &permit, &new)?;
        let drill = leaks::open(db, act, &permit, made.id, false)?;
        leaks::mark(db, act, &permit, drill, leaks::Step::Check, Some(mark))?;
        leaks::close(db, act, &permit, drill, mark, false)?;
        if !is_own {
            removal::delete(db, act, &permit, made.id)?;
            return Ok(());
        }
        let description = new.description.clone();
        let changed = Changed { description, expires_at: None, projects: Some(vec![project]) };
        changing::save(db, act, &permit, made.id, &changed)?;
        let job = format!("job of {mark}");
        let granted = Granted { workspace_id: workspace, project_id: Some(project), job, is_privileged: false };
        let Some((token, _)) = environment::issue(db, act, Region::Eu, &granted, minutes(10))? else {
            panic!("the workspace is shut")
        };
        let fetched = environment::fetch(db, act, &token.digest())?;
        assert_eq!(fetched.map(|all| all.variables.len()), Some(1));
        let slug = project::some_of(db, workspace, vec![project])?.pop().map(|project| project.slug);
        let asking = Asking {
            account,
            key: Some(mark.to_owned()),
            workspace: Workspace::Id(workspace),
            project: slug,
            only: Vec::new(),
            job: "keystead run",
        };
        let by_hand = by_hand::fetch(db, act, &asking);
        assert_eq!(by_hand.map(|all| all.variables.len()).ok(), Some(1));
        Ok::<_, SecretError>(())
    };
    world.region(Region::Eu).write_now(leave).unwrap();
}
