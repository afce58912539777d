//! Import of customers from a table of another program: see [`import`](super).

mod amount;
mod columns;
mod table;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};

pub use columns::{Column, Columns};
pub use table::{CustomerTable, Row, TableError};

use crate::customer::{CustomerView, NewCustomer};
use crate::error::{Error, FieldError, Violation};
use crate::phone::MobileNumber;
use crate::shop::Shop;
use crate::text::Name;

/// Number of customers to read at once.
const PAGE: u32 = 500;

/// Number of customers to add concurrently: two batches, so that one fills while the other commits.
const UNDER_WAY: usize = 512;

/// The plan of importing a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomerPlan {
    /// Customers to add, in the order of the rows.
    pub new: Vec<NewCustomer>,
    /// Number of customers that the book already has.
    pub known: u64,
    /// Invalid rows.
    pub bad: Vec<BadRow>,
}

/// An invalid row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// The line of the file that it begins on, from 1.
    pub line: u64,
    /// Violations, by the headers of the file.
    pub faults: Vec<FieldError>,
}

impl Shop {
    /// Compares a table with the book and plans its import. Writes nothing.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn plan_customers(&self, table: CustomerTable) -> Result<CustomerPlan, Error> {
        let locked_until = self.profile().await?.locked_until;
        let today = self.today();
        let mut names = self.names().await?;
        let mut lines: HashMap<Identity, u64> = HashMap::new();
        let mut plan = CustomerPlan::default();
        let CustomerTable { rows, headers } = table;
        for Row { line, read } in rows {
            let new = match read {
                Ok(new) => new,
                Err(faults) => {
                    plan.bad.push(BadRow { line, faults });
                    continue;
                }
            };
            let opened = new.opening_balance.filter(|amount| !amount.is_zero());
            let day = opened.map(|_| new.opening_date.unwrap_or(today));
            let identity = Identity::of(new.mobile.as_ref(), &new.name);
            let fault = match names.get(&identity) {
                _ if lines.contains_key(&identity) => {
                    Some(identity.repeated(lines[&identity]).at(headers.of(identity.column())))
                }
                Some(name) if is_same(name, &new.name) => {
                    plan.known += 1;
                    continue;
                }
                Some(name) => {
                    let message = format!("is that of {name}, who is in the book");
                    Some(Violation::new("mobile_taken", message).at(headers.of(Column::MobileNumber)))
                }
                None if day.is_some_and(|day| Some(day) <= locked_until) => {
                    let fault = Violation::new("period_locked", "lies in a locked period");
                    Some(fault.at(headers.of(Column::OpeningDate)))
                }
                None => None,
            };
            match fault {
                Some(fault) => plan.bad.push(BadRow { line, faults: vec![fault] }),
                None => {
                    names.remove(&identity);
                    lines.insert(identity, line);
                    plan.new.push(new);
                }
            }
        }
        Ok(plan)
    }

    /// Adds the new customers of a plan. `report` is called for each; when it breaks, no further customers are started, and
    /// the import ends once those in progress are added. If the import ends early, the added customers stay, and a new plan
    /// of the same table has the others.
    ///
    /// # Errors
    /// The same as [`add_customer`](Self::add_customer): a mobile number may have been taken since the plan was made.
    pub async fn add_customers(
        &self,
        plan: CustomerPlan,
        report: &mut (dyn FnMut(&CustomerView) -> ControlFlow<()> + Send),
    ) -> Result<(), Error> {
        let broken_off = AtomicBool::new(false);
        let to_begin = plan.new.into_iter().take_while(|_| !broken_off.load(Ordering::Relaxed));
        let adding = stream::iter(to_begin).map(|new| self.add_customer(new)).buffered(UNDER_WAY);
        adding
            .try_for_each(|customer| {
                if !broken_off.load(Ordering::Relaxed) && report(&customer).is_break() {
                    broken_off.store(true, Ordering::Relaxed);
                }
                std::future::ready(Ok(()))
            })
            .await
    }

    /// Returns the names of all customers, including archived ones.
    async fn names(&self) -> Result<HashMap<Identity, Name>, Error> {
        let (mut names, mut after) = (HashMap::new(), None);
        loop {
            let page = self.store().all_customers(self.id(), after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(names) };
            after = Some(last.id);
            names.extend(
                page.into_iter()
                    .map(|customer| (Identity::of(customer.mobile.as_ref(), &customer.name), customer.name)),
            );
        }
    }
}

/// What a customer is identified by: the mobile number or, without one, the name.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Identity {
    Mobile(MobileNumber),
    /// Words of the name.
    Name(Vec<String>),
}

impl Identity {
    fn of(mobile: Option<&MobileNumber>, name: &Name) -> Self {
        mobile.cloned().map_or_else(|| Self::Name(words(name)), Self::Mobile)
    }

    fn column(&self) -> Column {
        match self {
            Self::Mobile(_) => Column::MobileNumber,
            Self::Name(_) => Column::Name,
        }
    }

    fn repeated(&self, line: u64) -> Violation {
        match self {
            Self::Mobile(_) => Violation::new("mobile_repeated", format!("is that of line {line} too")),
            Self::Name(_) => {
                let fault = format!("is that of line {line} too, and neither has a mobile number");
                Violation::new("name_repeated", fault)
            }
        }
    }
}

/// Returns whether two names are equal, ignoring case, accents and spacing.
fn is_same(one: &Name, other: &Name) -> bool {
    words(one) == words(other)
}

fn words(name: &Name) -> Vec<String> {
    crate::search::words([name.as_str()])
}
