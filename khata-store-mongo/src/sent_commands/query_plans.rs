//! No command reads more than it needs: each that the store sends is sent once more, to be explained.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bson::{Bson, Document, doc};
use khata_conformance::sample::{adding, batch, head, invoicing, job, receiving};
use khata_core::calendar::{Date, Timestamp};
use khata_core::id::{CustomerId, EntryId, OwnerId, SessionId};
use khata_core::idempotency::IdempotencyKey;
use khata_core::invoice::InvoiceStatus;
use khata_core::number::DocumentKind;
use khata_core::owner::Owner;
use khata_core::store::{
    BookRepository, CustomerCursor, CustomerOrder, CustomerRepository, CustomerSelection, DocumentRepository,
    DocumentSelection, EntryRepository, ExtractSelection, OwnerRepository, OwnerWrite, PasswordWrite,
    ReportRepository, Session, SessionRepository, StatementCursor, Throttle, ThrottleKey, ThrottleRepository,
    Writes,
};
use khata_core::testing::Command;

use super::{RecordedStore, name};

/// Number of customers of the shop.
const CUSTOMERS: u64 = 200;

/// Number of shops in a batch of several.
const SHOPS: u64 = 20;

/// A page.
const LIMIT: u32 = 10;

/// What a command has that is not for explaining.
const AROUND: [&str; 10] = [
    "lsid",
    "txnNumber",
    "startTransaction",
    "autocommit",
    "readConcern",
    "writeConcern",
    "maxTimeMS",
    "$db",
    "$clusterTime",
    "$readPreference",
];

struct Shop {
    recorded: RecordedStore,
    owner: Owner,
    customers: Vec<CustomerId>,
}

impl Shop {
    async fn new() -> Option<Self> {
        let recorded = RecordedStore::new().await?;
        let head = head(0);
        recorded.store.create_owner(&head, "no password").await.unwrap();
        let customers = (0..CUSTOMERS).map(|_| CustomerId::generate()).collect();
        let shop = Self { recorded, owner: head.owner, customers };
        shop.post((1..).zip(&shop.customers).map(|(number, id)| adding(*id, number))).await;
        shop.post(shop.customers.iter().copied().map(invoicing)).await;
        shop.post(shop.customers.iter().copied().map(receiving)).await;
        shop.recorded.taken();
        Some(shop)
    }

    fn id(&self) -> OwnerId {
        self.owner.id
    }

    async fn post(&self, commands: impl Iterator<Item = Command>) -> Vec<EntryId> {
        let commands: Vec<_> = commands.collect();
        let ids = commands.iter().filter_map(|command| match command {
            Command::Post { id, .. } => Some(*id),
            _ => None,
        });
        let ids = ids.collect();
        let outcomes = self.recorded.store.transact(&job(self.id(), commands), soon()).await.unwrap();
        outcomes.into_iter().for_each(|outcome| drop(outcome.unwrap()));
        ids
    }

    /// The plans of what was sent since the last time.
    async fn plans(&self) -> Vec<Plan> {
        let mut plans = Vec::new();
        for command in self.recorded.taken() {
            for command in explainable(command) {
                plans.push(plan(&self.recorded, command).await);
            }
        }
        self.recorded.taken();
        plans
    }
}

/// A command without what is around it; of several updates each by itself, since no more can be explained at once.
fn explainable(mut command: Document) -> Vec<Document> {
    for key in AROUND {
        command.remove(key);
    }
    let name = command.keys().next().cloned().unwrap_or_default();
    match (name.as_str(), command.get_array("updates")) {
        ("update", Ok(updates)) => {
            let alone = |update: &Bson| {
                let mut alone = command.clone();
                alone.insert("updates", vec![update.clone()]);
                alone
            };
            updates.iter().take(2).map(alone).collect()
        }
        ("find" | "aggregate" | "delete" | "findAndModify", _) => vec![command],
        _ => Vec::new(),
    }
}

async fn plan(recorded: &RecordedStore, command: Document) -> Plan {
    let explain = doc! { "explain": &command, "verbosity": "executionStats" };
    let explained = recorded.store.database.run_command(explain).await.unwrap();
    Plan { command, explained }
}

struct Plan {
    command: Document,
    explained: Document,
}

impl Plan {
    /// Every value of this field, wherever it is, but for plans that were not taken.
    fn all(&self, field: &str) -> Vec<&Bson> {
        fn collect<'a>(field: &str, within: &'a Bson, found: &mut Vec<&'a Bson>) {
            match within {
                Bson::Document(document) => {
                    for (key, value) in
                        document.iter().filter(|(key, _)| *key != "rejectedPlans" && *key != "command")
                    {
                        if key == field {
                            found.push(value);
                        }
                        collect(field, value, found);
                    }
                }
                Bson::Array(values) => values.iter().for_each(|value| collect(field, value, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        self.explained.iter().for_each(|(key, value)| {
            if key != "command" {
                collect(field, value, &mut found);
            }
        });
        found
    }

    fn stages(&self) -> Vec<&str> {
        self.all("stage").into_iter().filter_map(Bson::as_str).collect()
    }

    fn assert_no_more_than_needed(&self) {
        let Self { command, explained } = self;
        let stages = self.stages();
        assert!(!stages.contains(&"COLLSCAN"), "{command}\n{explained}");
        let scans = self.all("collectionScans").into_iter().filter_map(number);
        assert_eq!(scans.sum::<i64>(), 0, "a look-up without an index: {command}\n{explained}");
        assert!(!stages.contains(&"SORT"), "a list that is sorted: {command}\n{explained}");
    }

    /// Number of keys of indexes that were looked at.
    fn keys(&self) -> i64 {
        self.all("totalKeysExamined").into_iter().filter_map(number).max().unwrap_or_default()
    }
}

fn number(value: &Bson) -> Option<i64> {
    value.as_i64().or(value.as_i32().map(i64::from))
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// All that is written, by every kind of write.
async fn write_everything(shop: &Shop) {
    let (store, owner) = (&shop.recorded.store, shop.id());
    shop.post([invoicing(shop.customers[0]), receiving(shop.customers[1])].into_iter()).await;
    let now = Timestamp::now();
    let session = Session { owner, id: SessionId::generate(), opened_at: now, expires_at: now };
    store.open_session(&session, 1).await.unwrap();
    store.live_sessions(&[(owner, session.id)]).await.unwrap();
    let password = PasswordWrite { hash: "new".into(), version: 2, keep: Some(session.id) };
    let mut profile = shop.owner.clone();
    profile.mobile = khata_core::phone::MobileNumber::parse("9876543210").unwrap();
    let owners = vec![OwnerWrite { owner: profile, password: Some(password) }];
    let deleted_customers = vec![(owner, CustomerId::generate())];
    store
        .transact(&Written(vec![owner], Writes { owners, deleted_customers, ..Writes::default() }), soon())
        .await
        .unwrap();
    store.end_session(owner, session.id).await.unwrap();
    store.end_sessions(owner).await.unwrap();
    store.renew_password_hash(owner, 3, "newer").await.unwrap();
    let throttle = Throttle { tries: 1, blocked_until: now, expires_at: now, revision: 1 };
    let key = ThrottleKey::new("peer", "192.0.2.1");
    store.put_throttle(&key, &throttle, now).await.unwrap();
    store.put_throttle(&key, &Throttle { revision: 2, ..throttle }, now).await.unwrap();
    store.throttles(std::slice::from_ref(&key)).await.unwrap();
    store.clear_throttle(&key).await.unwrap();
}

/// A job that writes these rows.
struct Written(Vec<OwnerId>, Writes);

impl khata_core::store::Job for Written {
    fn shops(&self) -> &[OwnerId] {
        &self.0
    }

    fn decide(&self, _: &khata_core::store::Rows) -> khata_core::store::Step {
        khata_core::store::Step::Write(Box::new(self.1.clone()))
    }
}

#[tokio::test]
async fn what_is_written_is_found_by_indexes() {
    let Some(shop) = Shop::new().await else { return };
    write_everything(&shop).await;
    let plans = shop.plans().await;
    assert!(plans.len() > 20, "{} commands were explained", plans.len());
    plans.iter().for_each(Plan::assert_no_more_than_needed);
    shop.recorded.end().await;
}

/// The plan of the open items that a batch of receipts asks for, each of another shop.
async fn open_items(recorded: RecordedStore) -> (RecordedStore, Plan) {
    let (mut invoices, mut receipts) = (Vec::new(), Vec::new());
    for number in 1..=SHOPS {
        let head = head(1_000 + number);
        let (shop, customer) = (head.owner.id, CustomerId::generate());
        recorded.store.create_owner(&head, "no password").await.unwrap();
        invoices.extend([(shop, adding(customer, number)), (shop, invoicing(customer))]);
        receipts.push((shop, receiving(customer)));
    }
    for commands in [invoices, receipts] {
        recorded.taken();
        recorded.store.transact(&batch(commands), soon()).await.unwrap();
    }
    let commands = recorded.taken();
    let aggregate = commands.into_iter().find_map(|command| of_items(&command)).unwrap();
    let plan = plan(&recorded, aggregate).await;
    (recorded, plan)
}

/// The part of a command that reads open items along with others.
fn of_items(command: &Document) -> Option<Document> {
    let stages = command.get_array("pipeline").ok()?.iter().filter_map(Bson::as_document);
    let unions = stages.filter_map(|stage| stage.get_document("$unionWith").ok());
    let union = unions.into_iter().find(|union| union.get_str("coll").is_ok_and(|name| name == "items"))?;
    Some(doc! { "aggregate": "items", "pipeline": union.get("pipeline")?, "cursor": {} })
}

#[tokio::test]
async fn the_open_items_of_several_shops_are_found_by_one_index_and_one_plan() {
    let Some(shop) = Shop::new().await else { return };
    let (recorded, plan) = open_items(shop.recorded).await;
    let Plan { command, explained } = &plan;
    assert!(!command.to_string().contains("\"$or\""), "{command}");
    assert!(plan.all("indexName").into_iter().all(|name| name.as_str() == Some("open")), "{explained}");
    let stages: BTreeSet<_> = plan.stages().into_iter().collect();
    assert_eq!(stages, ["DISTINCT_SCAN", "FETCH"].into(), "{explained}");
    assert!(plan.all("$sort").is_empty(), "{explained}");
    // At each account the end of it is looked at too.
    assert!(plan.keys() <= 2 * SHOPS.cast_signed() + 1, "{} keys: {explained}", plan.keys());
    recorded.end().await;
}

#[tokio::test]
async fn a_receipt_reads_no_more_open_items_than_it_may_pay() {
    let Some(shop) = Shop::new().await else { return };
    let customer = shop.customers[7];
    shop.post(std::iter::repeat_n(customer, 300).map(invoicing)).await;
    shop.recorded.taken();
    // Of a quarter of an invoice each: one has a part of it paid already, and two more do.
    shop.post(std::iter::repeat_n(customer, 9).map(receiving)).await;
    let commands = shop.recorded.taken();
    let reads: Vec<_> = commands.into_iter().filter(|command| command.contains_key("aggregate")).collect();
    assert_eq!(reads.len(), 2, "{reads:#?}");
    let first = plan(&shop.recorded, of_items(&reads[0]).unwrap()).await;
    assert!(first.keys() <= 2, "{} keys: {}", first.keys(), first.explained);
    let more = plan(&shop.recorded, explainable(reads[1].clone()).remove(0)).await;
    more.assert_no_more_than_needed();
    assert!((4..=10).contains(&more.keys()), "{} keys: {}", more.keys(), more.explained);
    shop.recorded.end().await;
}

#[tokio::test]
async fn what_is_read_is_found_by_indexes() {
    let Some(shop) = Shop::new().await else { return };
    let (store, owner, customer) = (&shop.recorded.store, shop.id(), shop.customers[7]);
    let invoice = shop.post([invoicing(customer)].into_iter()).await[0];
    shop.recorded.taken();
    store.head(owner).await.unwrap();
    store.owners(None, LIMIT).await.unwrap();
    store.owners(Some(owner), LIMIT).await.unwrap();
    store.credentials_by_mobile(&shop.owner.mobile).await.unwrap();
    store.customer(owner, customer).await.unwrap();
    store.document(owner, DocumentKind::Invoice, invoice.into()).await.unwrap();
    store.standing(owner, customer, Date::MIN).await.unwrap();
    store.traces(owner, &[invoice.into()]).await.unwrap();
    store.outstanding(owner, Date::MIN).await.unwrap();
    let today = Date::parse("2026-11-24").unwrap();
    store.outstanding(owner, today).await.unwrap();
    store.overview(owner, today, LIMIT).await.unwrap();
    let plans = shop.plans().await;
    plans.iter().for_each(Plan::assert_no_more_than_needed);
    shop.recorded.end().await;
}

#[tokio::test]
async fn what_is_open_in_a_shop_is_found_without_what_is_paid() {
    let Some(shop) = Shop::new().await else { return };
    let (store, owner) = (&shop.recorded.store, shop.id());
    let today = Date::parse("2026-11-24").unwrap();
    store.outstanding(owner, today).await.unwrap();
    store.overview(owner, today, LIMIT).await.unwrap();
    store.standing(owner, shop.customers[7], today).await.unwrap();
    let plans = shop.plans().await;
    let of_items: Vec<_> = plans.iter().filter(|plan| name(&plan.command).ends_with(" items")).collect();
    assert_eq!(of_items.len(), 3);
    for plan in of_items {
        let index = plan.all("indexName").into_iter().find_map(Bson::as_str);
        assert_eq!(index, Some("open"), "{}\n{}", plan.command, plan.explained);
    }
    shop.recorded.end().await;
}

/// A page from the middle of each list that there is.
async fn turn_pages(shop: &Shop) {
    let (store, owner) = (&shop.recorded.store, shop.id());
    for order in [CustomerOrder::Recent, CustomerOrder::Name, CustomerOrder::Balance] {
        let all = CustomerSelection { order, limit: 500, ..CustomerSelection::default() };
        let middle = store.customers(owner, &all).await.unwrap()[100].cursor(order);
        shop.recorded.taken();
        let after = Some(middle);
        store.customers(owner, &CustomerSelection { order, after, limit: LIMIT, ..all }).await.unwrap();
        assert_page(shop, order).await;
    }
    store.all_customers(owner, Some(shop.customers[100]), LIMIT).await.unwrap();
    store.entries(owner, 100, LIMIT).await.unwrap();
    store.postings(owner, 100, LIMIT).await.unwrap();
    store.idempotency_records(owner, Some(&IdempotencyKey::parse("m").unwrap()), LIMIT).await.unwrap();
    let today = Date::parse("2026-11-24").unwrap();
    store.day(owner, today, 100, LIMIT).await.unwrap();
    let after = Some(StatementCursor { date: today, seq: 100 });
    let selection = ExtractSelection { from: today, to: today, after, limit: LIMIT };
    store.extract(owner, shop.customers[3], &selection).await.unwrap();
    for status in [None, Some(InvoiceStatus::Partial)] {
        for customer in [None, Some(shop.customers[3])] {
            let page =
                DocumentSelection { status, customer, before: Some(300), limit: LIMIT, ..Default::default() };
            store.documents(owner, DocumentKind::Invoice, &page).await.unwrap();
        }
    }
}

async fn assert_page(shop: &Shop, what: CustomerOrder) {
    for plan in shop.plans().await {
        plan.assert_no_more_than_needed();
        let keys = plan.keys();
        assert!(
            keys <= i64::from(LIMIT) + 1,
            "{what:?}: {keys} keys for a page of {LIMIT}: {}",
            plan.explained
        );
    }
}

#[tokio::test]
async fn a_page_costs_as_many_keys_as_it_has_rows() {
    let Some(shop) = Shop::new().await else { return };
    turn_pages(&shop).await;
    for plan in shop.plans().await {
        plan.assert_no_more_than_needed();
        // A page of documents is looked for under each of four statuses; its allocations by debit and by credit.
        let (keys, most) = (plan.keys(), i64::from(LIMIT + 2) * 4);
        assert!(keys <= most, "{keys} keys for a page of {LIMIT}: {}\n{}", plan.command, plan.explained);
    }
    shop.recorded.end().await;
}

#[tokio::test]
async fn a_rare_word_is_looked_up_and_a_common_one_is_met_on_the_way() {
    let Some(shop) = Shop::new().await else { return };
    let (store, owner) = (&shop.recorded.store, shop.id());
    for words in [vec!["customer", "77"], vec!["customer"]] {
        let words = words.into_iter().map(str::to_owned).collect();
        let after = Some(CustomerCursor::Name { name_key: "a".into(), id: shop.customers[0] });
        let order = CustomerOrder::Name;
        let selection =
            CustomerSelection { words, after, order, limit: LIMIT, ..CustomerSelection::default() };
        let found = store.customers(owner, &selection).await.unwrap();
        for plan in shop.plans().await {
            assert!(!plan.stages().contains(&"COLLSCAN"), "{}", plan.explained);
            // To find out which word is rare, a hundred customers at most are looked at for each.
            let most = if plan.command.contains_key("aggregate") { 100 } else { 40 };
            let keys = plan.keys();
            assert!(keys <= most, "{keys} keys for {} customers: {}", found.len(), plan.explained);
        }
    }
    shop.recorded.end().await;
}
