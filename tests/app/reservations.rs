//! Fifty at once for one name or one address: the directory has one holder.

use keystead::crypto::password::Password;
use keystead::db::Db;
use keystead::kernel::email_address::EmailAddress;
use keystead::kernel::id::AccountId;
use keystead::kernel::names::Username;
use keystead::kernel::region::Region;
use keystead::kernel::time::hours;
use keystead::regions::directory::{self, Reservation, Reserved};

use crate::on_both;
use crate::support::world::World;

const AT_ONCE: usize = 50;

on_both! {
    async fn fifty_reservations_of_one_name_leave_one_holder(world: World) {
        let answers = at_once(world, |n| ("wanted".to_owned(), format!("person-{n}@example.com")));
        assert_eq!(answers.iter().filter(|(_, answer)| *answer == Reserved::Both).count(), 1);
        assert_eq!(answers.iter().filter(|(_, answer)| *answer == Reserved::NameTaken).count(), AT_ONCE - 1);
        let holder = world.site.regions.directory.read_now(|db| directory::by_name(db, "wanted")).unwrap().unwrap();
        assert!(answers.contains(&(holder.owner_id, Reserved::Both)));
    }

    async fn fifty_reservations_of_one_address_leave_one_holder(world: World) {
        let answers = at_once(world, |n| (format!("person-{n}"), "wanted@example.com".to_owned()));
        let holders: Vec<AccountId> = of(&answers, |answer| *answer == Reserved::Both);
        assert_eq!(holders.len(), 1);
        // Everybody else is sent to make the one before them give way, and holds nothing meanwhile.
        let others = of(&answers, |answer| matches!(answer, Reserved::HeldBy { account, .. } if *account == holders[0]));
        assert_eq!(others.len(), AT_ONCE - 1);
        let entries = |account| world.site.regions.directory.read_now(|db| directory::entries(db, account)).unwrap();
        assert_eq!((entries(holders[0]), others.into_iter().map(entries).sum::<i64>()), (2, 0));
    }
}

fn of(answers: &[(AccountId, Reserved)], is_meant: impl Fn(&Reserved) -> bool) -> Vec<AccountId> {
    answers.iter().filter(|(_, answer)| is_meant(answer)).map(|(account, _)| *account).collect()
}

/// The answers to fifty reservations that begin together, each of the name and address that `wanted` says.
fn at_once(world: &World, wanted: impl Fn(usize) -> (String, String)) -> Vec<(AccountId, Reserved)> {
    let begin = std::sync::Barrier::new(AT_ONCE);
    let password = Password::from_typed("seven brass kettles on a windowsill");
    std::thread::scope(|scope| {
        let one = |(name, address): (String, String)| {
            let (act, begin, password) = (world.act(), &begin, &password);
            let directory = world.site.regions.directory.clone();
            scope.spawn(move || {
                let (name, address) = (Username::parse(&name).unwrap(), EmailAddress::parse(&address).unwrap());
                let account = act.id();
                let wanted = Reservation {
                    account,
                    region: Region::Eu,
                    name: &name,
                    address: &address,
                    password,
                    gone: None,
                    now: act.now,
                    held_until: act.now.plus(hours(24)),
                };
                begin.wait();
                let answer = directory.write_now(|db: &mut Db| directory::reserve(db, &act.keyring, &wanted));
                (account, answer.unwrap())
            })
        };
        let running: Vec<_> = (0..AT_ONCE).map(|n| one(wanted(n))).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    })
}
