//! Drawn pictures for some people and organizations, put through the same process as an uploaded photo.

use image::{ImageFormat, Rgb, RgbImage};

use super::lives::{Life, Lives, failed};
use crate::accounts::profile::{self, Profile};
use crate::crypto::act::Act;
use crate::http::site::Site;
use crate::kernel::id::WorkspaceId;
use crate::kernel::region::Region;
use crate::kernel::time::minutes;
use crate::photos::{self, PhotoChange};
use crate::sessions::account;

const SIDE: u32 = 128;

pub fn hang(site: &Site, lives: &Lives<'_>) -> Result<(), String> {
    for (number, life) in lives.people.iter().enumerate().filter(|(number, life)| number % 7 == 1 && life.is_active) {
        let drawn = hills(u32::try_from(number).unwrap_or(0))?;
        let version = store(site, lives, life.region, life.id.personal_workspace(), drawn)?;
        // Lately, from a browser of theirs.
        let act = lives.act(lives.now.minus(minutes(90)), number);
        show(site, life, &act, version)?;
    }
    Ok(())
}

/// Its version, to be shown.
pub fn store(
    site: &Site,
    lives: &Lives<'_>,
    region: Region,
    owner: WorkspaceId,
    drawn: Vec<u8>,
) -> Result<String, String> {
    let developed = actix_web::rt::System::new().block_on(photos::develop(drawn, None)).map_err(failed)?;
    photos::store(&site.files, region, owner, &lives.chance, &developed).map_err(failed)
}

fn show(site: &Site, life: &Life, act: &Act, version: String) -> Result<(), String> {
    let store = site.regions.store(life.region).ok_or("The region is not served here.")?;
    let change = PhotoChange::Replace(version);
    store
        .write_now(|db| match account::by_id(db, life.id)? {
            Some(account) => {
                profile::save(db, act, life.id, account.revision, &Profile::of(&account), &change).map(|_| ())
            }
            None => Ok(()),
        })
        .map_err(|error: crate::db::DbError| failed(error))
}

/// Hills under a sun, in colours of their own.
pub fn hills(number: u32) -> Result<Vec<u8>, String> {
    let tint = |shift: u32| u8::try_from((number * 47 + shift) % 156 + 70).unwrap_or(128);
    let sky = Rgb([tint(10), tint(60), tint(120)]);
    let picture = RgbImage::from_fn(SIDE, SIDE, |x, y| {
        let (dx, dy) = (x.abs_diff(90), y.abs_diff(36));
        let hill = 84 - (x.abs_diff(20 + number % 60) * 36) / SIDE;
        if dx * dx + dy * dy < 300 {
            Rgb([250, 224, 120])
        } else if y > SIDE - hill {
            Rgb([tint(90) / 3, tint(40) / 2 + 40, tint(0) / 3])
        } else {
            sky
        }
    });
    encoded(&picture)
}

/// Arcs around a point, as of something that listens.
pub fn emblem() -> Result<Vec<u8>, String> {
    let picture = RgbImage::from_fn(SIDE, SIDE, |x, y| {
        let (dx, dy) = (x.abs_diff(30), y.abs_diff(98));
        let far = dx * dx + dy * dy;
        let is_arc =
            [(0, 13), (34, 46), (66, 78), (98, 110)].iter().any(|(from, to)| (from * from..to * to).contains(&far));
        if is_arc { Rgb([250, 246, 235]) } else { Rgb([18, 84, 92]) }
    });
    encoded(&picture)
}

fn encoded(picture: &RgbImage) -> Result<Vec<u8>, String> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).map_err(failed)?;
    Ok(bytes.into_inner())
}
