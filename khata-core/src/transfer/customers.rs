//! Customers: their particulars. What the ledger says of them comes with the entries.

use std::collections::BTreeSet;

use super::error::Obstacle;
use super::part::{self, Part};
use crate::customer::Customer;
use crate::id::CustomerId;
use crate::ledger::Totals;
use crate::store::{CustomerWrite, Keys, Rows, Step, Writes};

/// Customers to add or to bring up to date, all of one shop. Those whose mobile number is still another's are left.
pub(super) struct Customers(pub(super) Vec<Customer>);

impl Part for Customers {
    type Left = Vec<Customer>;

    fn decide(&self, seen: &Rows) -> Result<(Step, Vec<Customer>), Obstacle> {
        let mut left = Vec::new();
        if seen.loads == 0 {
            return Ok((Step::Load(keys(&self.0)), left));
        }
        let mut taken = BTreeSet::new();
        let mut writes = Writes::default();
        for customer in &self.0 {
            let Some(changed) = brought_forward(customer, seen)? else { continue };
            let is_held = holder(customer, seen).is_some_and(|holder| holder != customer.id);
            if is_held || !taken.insert(&customer.mobile) {
                left.push(customer.clone());
            } else {
                writes.customers.push(CustomerWrite::new(changed));
            }
        }
        Ok((Step::Write(Box::new(writes)), left))
    }
}

/// The same customers, to see what would be in their way. Nothing is written; what is left is whose mobile number is
/// still another's, and who that is.
pub(super) struct Foreseen(pub(super) Vec<Customer>);

impl Part for Foreseen {
    type Left = Vec<(CustomerId, CustomerId)>;

    fn decide(&self, seen: &Rows) -> Result<(Step, Self::Left), Obstacle> {
        let mut held = Vec::new();
        if seen.loads == 0 {
            return Ok((Step::Load(keys(&self.0)), held));
        }
        for customer in &self.0 {
            if brought_forward(customer, seen)?.is_some() {
                let holder = holder(customer, seen).filter(|holder| *holder != customer.id);
                held.extend(holder.map(|holder| (customer.id, holder)));
            }
        }
        Ok((part::nothing(), held))
    }
}

fn keys(customers: &[Customer]) -> Keys {
    let mobiles: BTreeSet<_> =
        customers.iter().map(|customer| (customer.owner, customer.mobile.clone())).collect();
    Keys {
        customers: customers.iter().map(|customer| (customer.owner, customer.id)).collect(),
        mobiles: mobiles.into_iter().collect(),
        ..Keys::default()
    }
}

/// The customer as it should be in the target, with the sums of the entries that are there; none if it is.
fn brought_forward(customer: &Customer, seen: &Rows) -> Result<Option<Customer>, Obstacle> {
    let known = seen.customers.get(&(customer.owner, customer.id));
    let (totals, last_seq) = known.map_or((Totals::default(), 0), |known| (known.totals, known.last_seq));
    let wanted = Customer { totals, last_seq, ..customer.clone() };
    match known {
        Some(known) if *known == wanted => Ok(None),
        Some(known) if known.revision >= wanted.revision => {
            Err(Obstacle::CustomerAhead { customer: customer.id })
        }
        _ => Ok(Some(wanted)),
    }
}

/// Who has the customer's mobile number in the target.
fn holder(customer: &Customer, seen: &Rows) -> Option<CustomerId> {
    seen.mobiles.get(&(customer.owner, customer.mobile.clone())).copied()
}
