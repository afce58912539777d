//! Stored responses, which are returned again under the same idempotency key.
//!
//! Responses are stored as long as the book, so their format is pinned: a JSON object with a version, which later versions
//! of Khata can read. The response about a document is not stored itself, only the entry that it is about, since the book
//! has the rest. A customer's particulars may change afterwards, so they are stored as they were.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::customer::Customer;
use crate::id::EntryId;
use crate::record::json::{AsJson, Fields, from_json};
use crate::store::StoreError;
use crate::values::calendar::Date;

/// A stored response.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum KeptAnswer {
    /// The document that this entry posted or voided, as it was then.
    Entry {
        /// The entry.
        id: EntryId,
        /// The day on which the document was shown as it stood. Without one it was shown with all that was recorded, which
        /// is the same where nothing took effect later.
        as_of: Option<Date>,
    },
    /// The customer, as it was then.
    Customer(Box<Customer>),
}

/// Version of the format of entries that is written.
const ENTRY_VERSION: u32 = 1;

/// Version of the format of customers that is written: the second has more sums, and the third the number of bounced
/// cheques. Earlier versions can be read.
const CUSTOMER_VERSION: u32 = 3;

/// What customers of the first version lack. Nobody is shown these sums in an answer.
const SINCE_2: [&str; 5] = ["opening", "debited", "credited", "refunded", "writtenOff"];

/// What customers of the second version lack.
const SINCE_3: [&str; 1] = ["bouncedCheques"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Read {
    version: u32,
    entry: Option<EntryId>,
    as_of: Option<Date>,
    customer: Option<Map<String, Value>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<EntryId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    as_of: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<AsJson<'a, Customer>>,
}

impl KeptAnswer {
    /// Parses a stored response of this version or an earlier one.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if it can't be parsed.
    pub(crate) fn read(json: &str) -> Result<Self, StoreError> {
        let read: Read = serde_json::from_str(json).map_err(StoreError::corrupt)?;
        match (read.version, read.entry, read.customer) {
            (ENTRY_VERSION, Some(id), None) => Ok(Self::Entry { id, as_of: read.as_of }),
            (version @ 1..=CUSTOMER_VERSION, None, Some(mut customer)) if read.as_of.is_none() => {
                let since_2 = SINCE_2.iter().filter(|_| version < 2);
                let since_3 = SINCE_3.iter().filter(|_| version < 3);
                customer.extend(since_2.chain(since_3).map(|field| ((*field).to_owned(), 0.into())));
                let customer = from_json(customer, Fields::All).map_err(StoreError::corrupt)?;
                Ok(Self::Customer(Box::new(customer)))
            }
            (version, ..) => {
                Err(StoreError::corrupt(format!("a stored response has the unknown version {version}")))
            }
        }
    }

    pub(crate) fn to_json(&self) -> String {
        let written = match self {
            Self::Entry { id, as_of } => {
                Written { version: ENTRY_VERSION, entry: Some(*id), as_of: *as_of, customer: None }
            }
            Self::Customer(customer) => {
                let customer = Some(AsJson(&**customer, Fields::All));
                Written { version: CUSTOMER_VERSION, entry: None, as_of: None, customer }
            }
        };
        serde_json::to_string(&written).expect("plain values always have a JSON form")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::Email;
    use crate::gst::Gstin;
    use crate::id::{CustomerId, OwnerId};
    use crate::ledger::{PostDatedDays, Totals};
    use crate::money::Money;
    use crate::phone::MobileNumber;
    use crate::record::{FieldType as _, Value};
    use crate::tags::Tags;
    use crate::text::{Name, Note};
    use crate::values::calendar::Timestamp;

    // What earlier versions wrote. They are never changed: a book may have answers of each of them.
    const ENTRY: &str = include_str!("../../tests/kept/v1-entry.json");
    const ENTRY_OF_A_DAY: &str = include_str!("../../tests/kept/v1-entry-of-a-day.json");
    const CUSTOMER_1: &str = include_str!("../../tests/kept/v1-customer.json");
    const PLAIN_CUSTOMER_1: &str = include_str!("../../tests/kept/v1-customer-without-optional-fields.json");
    const CUSTOMER_2: &str = include_str!("../../tests/kept/v2-customer.json");
    const POST_DATED_CUSTOMER_2: &str =
        include_str!("../../tests/kept/v2-customer-with-post-dated-entries.json");
    const CUSTOMER_WITH_CONTACTS_2: &str = include_str!("../../tests/kept/v2-customer-with-contacts.json");
    const PLAIN_CUSTOMER_2: &str = include_str!("../../tests/kept/v2-customer-without-optional-fields.json");
    const CUSTOMER: &str = include_str!("../../tests/kept/v3-customer.json");
    const POST_DATED_CUSTOMER: &str =
        include_str!("../../tests/kept/v3-customer-with-post-dated-entries.json");
    const CUSTOMER_WITH_CONTACTS: &str = include_str!("../../tests/kept/v3-customer-with-contacts.json");
    const CUSTOMER_WITH_TAGS: &str =
        include_str!("../../tests/kept/v3-customer-with-tags-and-no-mobile-number.json");
    const PLAIN_CUSTOMER: &str = include_str!("../../tests/kept/v3-customer-without-optional-fields.json");

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn uuid(text: &str) -> uuid::Uuid {
        text.parse().unwrap()
    }

    fn plain() -> Customer {
        Customer {
            id: CustomerId::from_uuid(uuid("019ac000-0000-7000-8000-000000000001")),
            owner: OwnerId::from_uuid(uuid("019ac000-0000-7000-8000-000000000002")),
            name: name("Asha"),
            firm_name: None,
            mobile: Some(MobileNumber::parse("9123456789").unwrap()),
            alternate_mobile: None,
            email: None,
            address: None,
            notes: None,
            tags: None,
            city: None,
            state: None,
            gst_number: None,
            credit_limit: None,
            totals: Totals::default(),
            post_dated: None,
            bounced_cheques: 0,
            archived_at: None,
            created_at: Timestamp::from_millis(1_795_000_000_000).unwrap(),
            updated_at: Timestamp::from_millis(1_795_000_000_000).unwrap(),
            revision: 1,
            last_seq: 0,
        }
    }

    fn full() -> Customer {
        Customer {
            name: name("रवि कुमार"),
            firm_name: Some(name("Kumar Stores")),
            alternate_mobile: None,
            email: None,
            address: None,
            notes: None,
            city: Some(name("Pune")),
            state: Some(name("Maharashtra")),
            gst_number: Some(Gstin::parse("27AAPFU0939F1ZV").unwrap()),
            credit_limit: Some(Money::from_minor(1_000_000)),
            totals: Totals {
                balance: Money::from_minor(-50_000),
                invoiced: Money::from_minor(118_050),
                received: Money::from_minor(168_050),
                opening: Money::from_minor(-1),
                debited: Money::from_minor(2),
                credited: Money::from_minor(3),
                refunded: Money::from_minor(4),
                written_off: Money::from_minor(2),
            },
            archived_at: Timestamp::from_millis(1_795_000_000_002),
            updated_at: Timestamp::from_millis(1_795_000_000_001).unwrap(),
            revision: 7,
            last_seq: 12,
            ..plain()
        }
    }

    /// Without the sums that answers of the first version lack.
    fn full_1() -> Customer {
        let Totals { balance, invoiced, received, .. } = full().totals;
        Customer { totals: Totals { balance, invoiced, received, ..Totals::default() }, ..full() }
    }

    fn with_contacts() -> Customer {
        Customer {
            alternate_mobile: Some(MobileNumber::parse("9811111111").unwrap()),
            email: Some(Email::parse("ravi@example.com").unwrap()),
            address: Some(Note::parse("12, M G Road\nPune").unwrap()),
            notes: Some(Note::parse("Pays on the 5th").unwrap()),
            ..full()
        }
    }

    fn with_tags() -> Customer {
        let tags = Tags::parse(["Wholesale", "Market Road"]).ok();
        Customer { mobile: None, tags, ..with_contacts() }
    }

    fn post_dated() -> Customer {
        let days = PostDatedDays::from_value(Value::Text("2027-03-01:0:100,2026-12-15:2500:0")).unwrap();
        Customer { post_dated: Some(days), ..full() }
    }

    fn kept() -> [(&'static str, KeptAnswer); 7] {
        let id = EntryId::from_uuid(uuid("019ac000-0000-7000-8000-000000000003"));
        let as_of = Some(Date::parse("2026-11-29").unwrap());
        [
            (ENTRY, KeptAnswer::Entry { id, as_of: None }),
            (ENTRY_OF_A_DAY, KeptAnswer::Entry { id, as_of }),
            (POST_DATED_CUSTOMER, KeptAnswer::Customer(Box::new(post_dated()))),
            (CUSTOMER, KeptAnswer::Customer(Box::new(full()))),
            (PLAIN_CUSTOMER, KeptAnswer::Customer(Box::new(plain()))),
            (CUSTOMER_WITH_CONTACTS, KeptAnswer::Customer(Box::new(with_contacts()))),
            (CUSTOMER_WITH_TAGS, KeptAnswer::Customer(Box::new(with_tags()))),
        ]
    }

    #[test]
    fn answers_from_before_are_read() {
        let before = [
            (CUSTOMER_1, full_1()),
            (PLAIN_CUSTOMER_1, plain()),
            (CUSTOMER_2, full()),
            (POST_DATED_CUSTOMER_2, post_dated()),
            (CUSTOMER_WITH_CONTACTS_2, with_contacts()),
            (PLAIN_CUSTOMER_2, plain()),
        ];
        let before = before.map(|(json, customer)| (json, KeptAnswer::Customer(Box::new(customer))));
        for (json, answer) in kept().into_iter().chain(before) {
            assert_eq!(KeptAnswer::read(json).unwrap(), answer);
        }
    }

    #[test]
    fn answers_are_kept_in_the_form_of_their_version() {
        for (json, answer) in kept() {
            assert_eq!(answer.to_json(), json.trim_end());
        }
    }

    #[test]
    fn answers_of_other_versions_are_refused() {
        let later_entry = ENTRY.replace("\"version\":1", "\"version\":2");
        let later_customer = CUSTOMER.replace("\"version\":3", "\"version\":4");
        let none = CUSTOMER.replace("\"version\":3", "\"version\":0");
        let both = CUSTOMER_1
            .replace("\"version\":1", "\"version\":1,\"entry\":\"019ac000-0000-7000-8000-000000000003\"");
        let dated = PLAIN_CUSTOMER.replace("\"version\":3", "\"version\":3,\"asOf\":\"2026-11-29\"");
        for json in [&later_entry, &later_customer, &none, &both, &dated, "{\"version\":1}", "{}", ""] {
            assert!(KeptAnswer::read(json).is_err(), "{json}");
        }
    }
}
