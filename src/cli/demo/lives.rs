//! What the people of the demonstration did in two months: signed up, signed in, secured their accounts, left.

use std::net::{IpAddr, Ipv4Addr};

use super::cast;
use crate::accounts::profile::{self, Profile};
use crate::accounts::use_case::UseCase;
use crate::activity::{self, Event, Refused, SecondFactor};
use crate::crypto::act::Act;
use crate::crypto::chance::Chance;
use crate::crypto::password::PasswordHash;
use crate::crypto::token::{Token, TokenDigest};
use crate::crypto::totp::TotpSecret;
use crate::db::{Db, DbError};
use crate::entry::appointment::{self, Appointment};
use crate::entry::opening::{self, Opened};
use crate::http::site::Site;
use crate::kernel::email_address::EmailAddress;
use crate::kernel::id::AccountId;
use crate::kernel::names::Username;
use crate::kernel::origin::Origin;
use crate::kernel::region::Region;
use crate::kernel::time::{Timestamp, days, hours, minutes};
use crate::lifecycle::closing::{self, By, When};
use crate::lifecycle::suspension;
use crate::mfa::setting;
use crate::photos::PhotoChange;
use crate::sessions::account;
use crate::sessions::session::{self, Session};

pub struct Lives<'a> {
    site: &'a Site,
    pub chance: Chance,
    hash: PasswordHash,
    pub now: Timestamp,
    pub people: Vec<Life>,
}

pub struct Life {
    pub region: Region,
    pub id: AccountId,
    pub since: Timestamp,
    /// Whether they still work with the platform.
    pub is_active: bool,
}

impl<'a> Lives<'a> {
    pub fn new(site: &'a Site, chance: Chance, hash: PasswordHash) -> Self {
        Self { site, chance, hash, now: site.clock.now(), people: Vec::new() }
    }

    /// Everybody's life; the administrator's authenticator key.
    pub fn all(&mut self) -> Result<TotpSecret, String> {
        let regions: Vec<Region> = self.site.regions.served().map(|(region, _)| region).collect();
        let mut administrators_key = None;
        for (number, name) in cast::PEOPLE.iter().enumerate() {
            let life = self.begin(number, name, regions[number % regions.len()])?;
            let session = self.sign_in_now_and_then(number, &life)?;
            if number == 0 || number % 5 == 3 {
                let key = TotpSecret::mint(&self.chance);
                self.turn_on_mfa(&life, &session, &key)?;
                administrators_key.get_or_insert(key);
            }
            self.people.push(life);
        }
        self.some_leave()?;
        administrators_key.ok_or_else(|| "There is nobody in the demonstration.".to_owned())
    }

    pub fn act(&self, at: Timestamp, number: usize) -> Act {
        let mut act = self.site.act(Origin::program("keystead demo"));
        act.now = at;
        act.chance = self.chance.clone();
        let host = u8::try_from(number % 250 + 2).unwrap_or(2);
        act.origin = Origin {
            // Addresses that RFC 5737 keeps for examples.
            address: Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, host))),
            agent: cast::BROWSERS[number % cast::BROWSERS.len()].to_owned(),
            request_id: String::new(),
        };
        act
    }

    fn write<T>(&self, region: Region, work: impl Fn(&mut Db) -> Result<T, DbError>) -> Result<T, String> {
        let store = self.site.regions.store(region).ok_or("The region is not served here.")?;
        store.write_now(work).map_err(failed)
    }

    fn begin(&self, number: usize, name: &str, region: Region) -> Result<Life, String> {
        // The first were there long before, the last came this week.
        let ahead = if number < 20 { 70 } else { 0 };
        let age = (61_u64 + ahead).saturating_sub(number as u64).max(2);
        let since = self.now.minus(days(age)).minus(minutes(u64::from(self.chance.below(600))));
        let act = self.act(since, number);
        let plan = match number % 9 {
            0 => "enterprise",
            1 | 2 | 5 => "pro",
            _ => "free",
        };
        let username = cast::username(name);
        let new = Appointment {
            region,
            email: EmailAddress::parse(&format!("{username}@example.org")).map_err(failed)?,
            username: Username::parse(&username).map_err(failed)?,
            name: name.to_owned(),
            password: Some(self.hash.clone()),
            // A plans file of the operator's own may not have these.
            plan: self.site.config.plans.of(plan).id.clone(),
            is_administrator: number == 0,
        };
        let id = appointment::make(&self.site.regions, &act, &new).map_err(failed)?;
        self.write(region, |db| {
            let workspace = id.personal_workspace();
            activity::record(db, &act, workspace, Some(id), &Event::EmailConfirmed)?;
            Self::introduce(db, &act, number, id)
        })?;
        Ok(Life { region, id, since, is_active: true })
    }

    fn introduce(db: &mut Db, act: &Act, number: usize, id: AccountId) -> Result<(), DbError> {
        let Some(account) = account::by_id(db, id)? else { return Ok(()) };
        let mut profile = Profile::of(&account);
        if number % 4 != 3 {
            cast::JOBS[number % cast::JOBS.len()].clone_into(&mut profile.job_title);
            cast::COMPANIES[number % cast::COMPANIES.len()].clone_into(&mut profile.company);
            profile.use_case = Some(UseCase::ALL[number % UseCase::ALL.len()]);
        }
        if number % 6 == 1 {
            "Builds small models for small devices, and writes down what went wrong.".clone_into(&mut profile.bio);
        }
        profile::save(db, act, id, account.revision, &profile, &PhotoChange::Keep).map(|_| ())
    }

    /// Two browsers, a wrong password here and there; the latest session.
    fn sign_in_now_and_then(&self, number: usize, life: &Life) -> Result<Session, String> {
        let age = self.now.since(life.since);
        let mut latest = None;
        let at = |part: u32| self.now.minus(age / (part * 5)).minus(minutes(u64::from(self.chance.below(900))));
        let (one, other) = (at(2), at(3));
        for (browser, at) in [(number + 2, one.min(other)), (number, one.max(other))] {
            let (act, token) = (self.act(at.max(life.since), browser), Token::mint(&self.chance, life.region.letter()));
            let digest = token.1;
            let opened = self.write(life.region, |db| {
                let Some(account) = account::by_id(db, life.id)? else { return Ok(None) };
                if number % 7 == 2 {
                    let event = Event::SignInFailed { reason: Refused::WrongPassword };
                    activity::record(db, &act, life.id.personal_workspace(), None, &event)?;
                }
                let opened = Opened {
                    is_remembered: true,
                    factor: SecondFactor::None,
                    is_first: true,
                    ..Opened::by(life.region, &account)
                };
                let token = opening::open(db, &act, &digest, &opened)?;
                session::live(db, &TokenDigest::of(&token.reveal()), act.now)
            })?;
            latest = opened.map(|(session, _)| session).or(latest);
        }
        let session = latest.ok_or("A session of the demonstration was not opened.")?;
        let seen = self.now.minus(minutes(u64::from(self.chance.below(3_600)))).max(session.created_at);
        self.site.last_seen.note(life.region, session.id, life.id, session.last_seen_at, seen);
        Ok(session)
    }

    fn turn_on_mfa(&self, life: &Life, session: &Session, key: &TotpSecret) -> Result<(), String> {
        let act = self.act(session.created_at.plus(minutes(3)), 1);
        let store = self.site.regions.store(life.region).ok_or("The region is not served here.")?;
        let account = store.read_now(|db| account::by_id(db, life.id)).map_err(failed)?.ok_or("Nobody there.")?;
        let code = key.code_at(act.now);
        store.write_now(|db| setting::turn_on(db, &act, &account, session.id, key, &code)).map_err(failed)
    }

    /// Two are suspended and two are closing.
    fn some_leave(&mut self) -> Result<(), String> {
        let administrator = self.people[0].id;
        let last = self.people.len();
        for (number, reason) in
            [(last - 3, "Sent advertisements through samples"), (last - 8, "Chargeback of the card")]
        {
            let (life, act) = (&self.people[number], self.act(self.now.minus(days(1)), 0));
            let store = self.site.regions.store(life.region).ok_or("The region is not served here.")?;
            store.write_now(|db| suspension::suspend(db, &act, administrator, life.id, reason)).map_err(failed)?;
            self.people[number].is_active = false;
        }
        for number in [last - 5, last - 12] {
            let (life, act) = (&self.people[number], self.act(self.now.minus(hours(30)), number));
            let when = When::After(self.site.config.deletion_grace_days);
            closing::close(&self.site.regions, life.region, &act, life.id, &By::Owner, when).map_err(failed)?;
            self.people[number].is_active = false;
        }
        self.site.last_seen.write(&self.site.regions).map_err(failed)
    }
}

pub(super) fn failed(error: impl std::fmt::Display) -> String {
    format!("The demonstration could not be filled: {error}")
}
