//! Copies of idempotency records, so that the target doesn't repeat requests that the source carried out.

use super::error::Obstacle;
use super::part::Part;
use crate::id::OwnerId;
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::store::{Keys, Rows, Step, Writes};

/// Idempotency records of a shop to add.
pub(super) struct Records {
    pub(super) owner: OwnerId,
    pub(super) records: Vec<(IdempotencyKey, IdempotencyRecord)>,
}

impl Part for Records {
    type Left = ();

    fn decide(&self, seen: &Rows) -> Result<(Step, ()), Obstacle> {
        if seen.loads == 0 {
            let idempotency = self.records.iter().map(|(key, _)| (self.owner, key.clone())).collect();
            return Ok((Step::Load(Keys { idempotency, ..Keys::default() }), ()));
        }
        let mut writes = Writes::default();
        for (key, record) in &self.records {
            let place = (self.owner, key.clone());
            match seen.idempotency.get(&place) {
                Some(known) if known == record => {}
                Some(_) => {
                    let what =
                        format!("the idempotency key {key} was used for another request in the target");
                    return Err(Obstacle::Differs { what });
                }
                None => writes.idempotency.push((place.0, place.1, record.clone())),
            }
        }
        Ok((Step::Write(Box::new(writes)), ()))
    }
}
