//! People whom an instance could have: the administrator, their neighbours, and what they computed.

use keystead::crypto::totp::TotpSecret;
use keystead::db::{Db, DbError};
use keystead::kernel::id::AccountId;
use keystead::kernel::region::Region;
use keystead::kernel::time::seconds;
use keystead::lifecycle::administration;
use keystead::regions::directory;
use keystead::usage::Kind;
use keystead::usage::event::Event;
use keystead::usage::meter::report;

use crate::support::people::Person;
use crate::support::world::World;

/// Who and where somebody is.
pub fn place_of(world: &World, person: &Person) -> (AccountId, Region) {
    let name = person.username.clone();
    let row = world.site.regions.directory.read_now(|db| directory::by_name(db, &name)).unwrap().unwrap();
    (row.owner_id, row.region)
}

/// The path of somebody's page in the administration.
pub fn path_of(world: &World, person: &Person) -> String {
    let (id, region) = place_of(world, person);
    format!("/admin/accounts/{region}/{id}")
}

pub fn make_administrator(world: &World, person: &Person) {
    let (id, region) = place_of(world, person);
    administration::make(&world.site.regions, region, &world.act(), None, id).unwrap();
}

/// Three weeks of work: each day some minutes of each kind, fewer at the weekend.
pub fn computed(world: &World, person: &Person, minutes_a_day: i64) {
    let (id, region) = place_of(world, person);
    let workspace = id.personal_workspace();
    let now = world.site.clock.now();
    let event = |day: u64, kind: Kind| {
        let is_weekend = day % 7 > 4;
        let share = if kind == Kind::Gpu { 4 } else { 1 } * if is_weekend { 5 } else { 1 };
        let wave = i64::try_from(day * 37 % 11).unwrap_or(0) + 5;
        Event {
            source: "runner-1".to_owned(),
            id: format!("{}/{kind:?}/{day}", person.username),
            workspace,
            kind,
            seconds: minutes_a_day * 60 * wave / 10 / share,
            ended_at: now.minus(seconds(day * 86_400)),
            job: format!("job-{day}"),
            project: ["gripper-vision", "gentle-grasp", "conveyor"][usize::try_from(day % 3).unwrap_or(0)].to_owned(),
            key: String::new(),
            member: String::new(),
        }
    };
    let events: Vec<Event> = (0..50).flat_map(|day| [event(day, Kind::Cpu), event(day, Kind::Gpu)]).collect();
    world.region(region).write_now::<_, DbError>(|db: &mut Db| report(db, now, |_| 3, &events)).unwrap();
}

/// The code an app would show now. The clock goes on first: no code counts twice.
pub fn next_code(world: &World, key: &TotpSecret) -> String {
    world.site.clock.advance(seconds(30));
    key.code_at(world.site.clock.now())
}
