//! Whole numbers in place of ids, because this dialect's clients know nothing else.

use std::collections::HashMap;

use super::Refusal;
use super::caller::Here;
use crate::db::DbError;
use crate::workspaces::numbers;

/// The numbers of things that are about to be named in one answer.
pub struct Numbers(HashMap<String, i64>);

impl Numbers {
    /// Zero for what was not asked for, which no thing has.
    pub fn of(&self, id: &str) -> i64 {
        self.0.get(id).copied().unwrap_or_default()
    }
}

impl Here {
    /// Reads them; only what never had a number costs a write, once.
    pub async fn numbers(&self, ids: impl IntoIterator<Item = String>) -> Result<Numbers, Refusal> {
        let ids: Vec<String> = ids.into_iter().collect();
        let (mut known, ids) = self.read(move |db| Ok::<_, DbError>((numbers::known(db, &ids)?, ids))).await?;
        let missing: Vec<String> = ids.into_iter().filter(|id| !known.contains_key(id)).collect();
        if !missing.is_empty() {
            let given = self
                .store
                .write(move |db| {
                    let numbered = missing.iter().map(|id| Ok((id.clone(), numbers::of(db, id)?)));
                    numbered.collect::<Result<Vec<_>, DbError>>()
                })
                .await?;
            known.extend(given);
        }
        Ok(Numbers(known))
    }

    /// The thing of this number, if it is of the wanted kind; whether the caller may see it is still to be asked.
    pub async fn id_of<T: std::str::FromStr>(&self, number: i64) -> Result<T, Refusal> {
        let id = self.store.glance(move |db| numbers::whose(db, number)).await?;
        id.and_then(|id| id.parse().ok()).ok_or(Refusal::NotFound)
    }

    /// A number of the address, which its route lets through only as digits.
    pub fn number_in_path(&self, name: &str) -> Result<i64, Refusal> {
        self.request.match_info().query(name).parse().map_err(|_| Refusal::NotFound)
    }
}
