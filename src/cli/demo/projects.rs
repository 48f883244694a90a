//! The projects of the demonstration: with keys, with what devices sent by them, and with what the platform made of it.

use futures_util::stream::iter;

use super::devices::{self, Signing};
use super::keys::{self, Keys};
use super::lives::{Lives, failed};
use super::pictures;
use super::teams::Team;
use super::work::{ProjectCast, Sends};
use crate::http::site::Site;
use crate::ingestion::intake::{Claims, Intake, Sender};
use crate::kernel::region::Region;
use crate::kernel::time::{Timestamp, days, minutes};
use crate::projects::artifacts::{self, ArtifactKind, NewArtifact};
use crate::projects::creation::{self, NewProject};
use crate::projects::project::{Project, Visibility};
use crate::workspaces::WorkspaceError;

pub fn fill(site: &Site, lives: &Lives<'_>, team: &Team) -> Result<(), String> {
    for (nth, cast) in team.cast.projects.iter().enumerate() {
        let since = team.since.plus(days(1 + u64::try_from(nth).unwrap_or(0) * 3));
        let project = create(site, lives, team, cast, since)?;
        if cast.sends == Sends::Nothing {
            continue;
        }
        let keys = keys::make(site, lives, team, &project, since.plus(minutes(40)))?;
        let region = lives.people[team.owner()].region;
        actix_web::rt::System::new().block_on(send(site, lives, region, &project, cast, &keys))?;
        keys::use_them(site, lives, region, &keys)?;
        register(site, lives, region, &project, cast)?;
    }
    Ok(())
}

fn create(site: &Site, lives: &Lives<'_>, team: &Team, cast: &ProjectCast, at: Timestamp) -> Result<Project, String> {
    let (act, region) = (lives.act(at, team.owner()), lives.people[team.owner()].region);
    let store = site.regions.store(region).ok_or("The region is not served here.")?;
    let new = NewProject {
        name: cast.name.to_owned(),
        description: cast.description.to_owned(),
        visibility: if cast.is_public { Visibility::Public } else { Visibility::Private },
    };
    let created = store.write_now(|db| {
        let permit = team.permit(db, lives)?;
        Ok::<_, WorkspaceError>(creation::create(db, &act, &permit, &new)?)
    });
    created.map_err(failed)
}

/// What one device sent at one time: its name, its label and its content.
type File = (String, &'static str, Vec<u8>);

/// Every other day for six weeks, the last a quarter of an hour ago.
async fn send(
    site: &Site,
    lives: &Lives<'_>,
    region: Region,
    project: &Project,
    cast: &ProjectCast,
    keys: &Keys,
) -> Result<(), String> {
    let store = site.regions.store(region).ok_or("The region is not served here.")?;
    let newest = lives.now.minus(minutes(15));
    for day in (0..cast.days_of_samples.div_ceil(2)).rev().map(|half| half * 2) {
        let at = newest.minus(days(day)).minus(minutes(u64::from(if day == 0 { 0 } else { lives.chance.below(300) })));
        for (name, label, bytes) in recorded(lives, cast, keys, day, at)? {
            let claims = Claims {
                label: Some(label.to_owned()),
                metadata: "{}".to_owned(),
                upload_source: "LINUX_SDK".to_owned(),
                device_type: cast.device_type.to_owned(),
                ..Claims::default()
            };
            let sender = Sender { region, project: project.id, api_key: Some(keys.devices.id) };
            let mut intake =
                Intake::begin(store, &site.files, &lives.act(at, 3), sender, claims).await.map_err(failed)?;
            intake.take(&name, &mut iter([Ok::<_, ()>(bytes)])).await.map_err(failed)?;
            for outcome in intake.keep().await.map_err(failed)? {
                outcome.result.map_err(failed)?;
            }
        }
    }
    Ok(())
}

fn recorded(lives: &Lives<'_>, cast: &ProjectCast, keys: &Keys, day: u64, at: Timestamp) -> Result<Vec<File>, String> {
    let chance = &lives.chance;
    let stamp = at.to_jiff().strftime("%Y%m%d-%H%M").to_string();
    let named = |what: &str, ending: &str| format!("{what}.{stamp}.{ending}");
    Ok(match cast.sends {
        Sends::Nothing => Vec::new(),
        Sends::Vibration => {
            let vibration = |device, is_worn, signing| devices::vibration(chance, device, is_worn, at, signing);
            let mut files = vec![
                (named("healthy", "json"), "healthy", vibration("gateway-03", false, Signing::With(&keys.signing))?),
                (named("worn", "json"), "worn", vibration("gateway-07", true, Signing::With(&keys.signing))?),
            ];
            match day % 6 {
                // A gateway that was set up with the key of the workshop's old project.
                0 => {
                    let wrong = Signing::With("7b0f4c5e9d2a4861b3c7f09e5a6d1c24");
                    files.push((named("idle", "json"), "idle", vibration("gateway-11-workshop", false, wrong)?));
                }
                2 => files.push((named("bench", "json"), "healthy", vibration("bench-rig", false, Signing::Not)?)),
                _ => files.push((named("handheld", "csv"), "worn", devices::table(chance))),
            }
            files
        }
        Sends::Songs => {
            ["robin", "blackbird", "wren"].map(|bird| (named(bird, "wav"), bird, devices::song(chance))).to_vec()
        }
        Sends::Leaves => {
            let label = if day.is_multiple_of(4) { "rust" } else { "healthy" };
            vec![(named("leaf", "png"), label, pictures::hills(u32::try_from(day).unwrap_or(0))?)]
        }
    })
}

/// What the platform made of it.
fn register(
    site: &Site,
    lives: &Lives<'_>,
    region: Region,
    project: &Project,
    cast: &ProjectCast,
) -> Result<(), String> {
    let store = site.regions.store(region).ok_or("The region is not served here.")?;
    for (nth, (kind, name, size, age)) in cast.artifacts.iter().enumerate() {
        let act = lives.act(lives.now.minus(days(*age)), 0);
        let word = if *kind == ArtifactKind::Model { "training" } else { "import" };
        let new = NewArtifact {
            source: "studio".to_owned(),
            source_id: format!("{}-{nth}", project.slug),
            kind: *kind,
            name: (*name).to_owned(),
            size: *size,
            made_by: format!("{word} job {}", 1_800 + u64::try_from(nth).unwrap_or(0) * 7 + age),
        };
        store.write_now(|db| artifacts::register(db, &act, project.id, &new)).map_err(failed)?;
    }
    Ok(())
}
