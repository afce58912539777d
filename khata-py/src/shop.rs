//! The shop: every operation on one owner's book.

mod handle;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use khata_core::Error;
use khata_core::bounce::{Bounce, BounceTerms};
use khata_core::customer::{CustomerOrder, CustomerUpdate, NewCustomer, Removal};
use khata_core::documents::{
    CreditNote, DebitNote, Invoice, InvoiceStatus, NewCreditNote, NewDebitNote, NewInvoice,
    NewOpeningBalance, NewReceipt, NewRefund, NewWriteOff, OpeningBalance, OpeningTerms, Receipt, Refund,
    WriteOff,
};
use khata_core::error::Violation;
use khata_core::export::Format;
use khata_core::form::{Form, Raw};
use khata_core::id::{CreditNoteId, ReceiptId, SessionId};
use khata_core::number::DocumentKind;
use khata_core::numbering::NewNumbering;
use khata_core::owner::OwnerUpdate;
use khata_core::page::Limit;
use khata_core::reallocation::{Reallocation, ReallocationTerms};
use khata_core::shop::{CustomerFilter, DocumentFilter, StatementFilter};
use khata_core::text::Tag;
use pyo3::prelude::*;
use pyo3::types::PyMapping;
use uuid::Uuid;

pub(crate) use handle::ShopHandle;
use handle::whole_statement;

use crate::call::{Coroutine, Nothing, Rows};
use crate::new::{self, Many, ManyPosted, Options};
use crate::record::own;
use crate::record::{Row, SignedHead};
use crate::sync_async::sync_async;
use crate::transfer::{self, Columns, Customers, Outcome, Progress, Source};
use crate::{error, form};

/// Maximum time that one request for new entries waits.
const LOOK: Duration = Duration::from_secs(30);

/// The time that the next request for new entries waits, if the last entry came at that moment.
fn look_again(last: Instant, patience: Option<Duration>) -> Duration {
    patience.map_or(LOOK, |patience| patience.saturating_sub(last.elapsed()).min(LOOK))
}

/// What an argument is, if it is right.
fn argument<T>(py: Python<'_>, name: &str, parsed: Result<T, Violation>) -> PyResult<T> {
    parsed.map_err(|fault| error::exception(py, &Error::Invalid(vec![fault.at(name)])))
}

sync_async! {
    ShopHandle => Shop, AsyncShop;

    /// A shop's book. Data of other shops is reported as not found.
    common {
        /// Id of the owner, and of the shop.
        #[getter]
        fn id(&self) -> Uuid {
            self.0.core().id().uuid()
        }

        /// The session by which the shop was opened; `None` if the program opened it by itself.
        #[getter]
        fn session_id(&self) -> Option<Uuid> {
            self.0.core().session().map(SessionId::uuid)
        }

        /// Currency of all amounts, as an ISO 4217 code.
        #[getter]
        fn currency(&self) -> &'static str {
            self.0.core().currency().code()
        }

        /// Time zone of the shop, by which its days begin.
        #[getter]
        fn time_zone(&self) -> &'static str {
            self.0.core().time_zone().name()
        }

        /// The current date in the shop's time zone.
        fn today(&self) -> NaiveDate {
            self.0.core().today().naive()
        }

        fn __repr__(&self) -> String {
            format!("<khata shop {}>", self.0.core().id())
        }
    }
    sync {
        /// Returns a handle on the shop that may do for 5 minutes what otherwise needs a recent login: `export`,
        /// `export_tables`, `logout_all`, a new mobile number. A shop that `Khata.shop` opened needs no login.
        ///
        /// Raises Invalid if the password is wrong, and Throttled.
        fn reauthenticate(&self, py: Python<'_>, current_password: String) -> PyResult<Self> {
            self.0.reauthenticated(py, current_password)?.wait(py).map(Self)
        }
    }

    async {
        /// Returns a handle on the shop that may do for 5 minutes what otherwise needs a recent login: `export`,
        /// `export_tables`, `logout_all`, a new mobile number. A shop that `Khata.shop` opened needs no login.
        ///
        /// Raises Invalid if the password is wrong, and Throttled.
        fn reauthenticate(&self, py: Python<'_>, current_password: String) -> PyResult<Coroutine> {
            Ok(self.0.reauthenticated(py, current_password)?.map(AsyncShop).coroutine())
        }
    }

    documents {
        Receipt: NewReceipt => {
            "Adds a receipt. It pays the invoices that it names, then what is due first; the rest stays on account.\n\n\
             Raises Invalid, Conflict (`number_taken`, `period_locked`)."
            add_receipt,
            "Gets a receipt. Raises NotFound."
            receipt,
            "Voids a receipt: from the void's date on it has paid nothing.\n\n\
             Raises NotFound, Invalid, Conflict (`already_void`, `period_locked`)."
            void_receipt,
            "Lists receipts, newest first: of a customer, of a period."
            receipts
        }
        CreditNote: NewCreditNote => {
            "Adds a credit note. Its tax is worked out if absent. It pays its invoice first, then what is due first; the \
             rest stays on account.\n\n\
             Raises Invalid, Conflict (`number_taken`, `period_locked`)."
            add_credit_note,
            "Gets a credit note. Raises NotFound."
            credit_note,
            "Voids a credit note, as `void_receipt` voids a receipt."
            void_credit_note,
            "Lists credit notes, newest first: of a customer, of a period."
            credit_notes
        }
        Refund: NewRefund => {
            "Adds a refund: money given back, at most what the customer has on account.\n\n\
             Raises Invalid, Conflict (`number_taken`, `period_locked`)."
            add_refund,
            "Gets a refund. Raises NotFound."
            refund,
            "Voids a refund: from the void's date on, what it gave back is on account again."
            void_refund,
            "Lists refunds, newest first: of a customer, of a period."
            refunds
        }
        WriteOff: NewWriteOff => {
            "Adds a write-off: an amount that is given up, at most what the customer owes. It closes the debits that it \
             names, then what is due first.\n\n\
             Raises Invalid, Conflict (`number_taken`, `period_locked`)."
            add_write_off,
            "Gets a write-off. Raises NotFound."
            write_off,
            "Voids a write-off: from the void's date on, what it closed is owed again."
            void_write_off,
            "Lists write-offs, newest first: of a customer, of a period."
            write_offs
        }
        OpeningBalance: NewOpeningBalance => {
            "Adds the opening balance of a customer who has none: positive if the customer owes.\n\n\
             Raises Invalid, Conflict (`has_opening_balance`, `number_taken`, `period_locked`)."
            add_opening_balance,
            "Gets an opening balance. Raises NotFound."
            opening_balance,
            "Voids an opening balance: from the void's date on it is neither owed nor on account."
            void_opening_balance,
            "Lists opening balances, newest first: of a customer, of a period."
            opening_balances
        }
    }

    calls {
        /// Gets the owner's profile.
        fn profile(this, py) -> Row {
            this.read(py, |shop| async move { shop.profile().await })
        }

        /// Updates the profile. A field that is left out stays as it is; `None` clears an optional one. A new
        /// `password` needs `current_password`, and ends every other session; a new mobile number needs it too, or a login
        /// within the last 5 minutes. With `revision`, it fails unless the profile still has that one.
        ///
        /// Raises Invalid, Conflict (`mobile_taken`, `stale`), Forbidden, Throttled.
        #[pyo3(signature = (*, revision = None, **fields))]
        fn update_profile(this, py, revision: Option<u64>; fields: OwnerUpdate) -> Row {
            let update = this.input(py, fields)?;
            this.write(py, move |shop| async move { shop.update_profile(update, revision).await })
        }

        /// Lists the next automatic numbers: of each kind of document in the present financial year, and of other years in
        /// which there are numbers.
        fn numbers(this, py) -> Rows {
            this.read(py, |shop| async move { shop.numbers().await })
        }

        /// Sets where the automatic numbers of a kind and financial year go on: by the next number, such as `A/0001`, or
        /// `after` the last one so far. Documents keep their numbers.
        ///
        /// Raises Invalid: `number_used` if a document has the number or a later one of the same form.
        #[pyo3(signature = (**fields))]
        fn set_numbering(this, py; fields: NewNumbering) -> Row {
            let new = this.input(py, fields)?;
            this.write(py, move |shop| async move { shop.set_numbering(new).await })
        }

        /// Ends the session by which the shop was opened.
        fn logout(this, py) -> Nothing {
            this.write(py, |shop| async move { shop.logout().await })
        }

        /// Ends every session of the owner, and forgets their devices. Raises Forbidden: see `reauthenticate`.
        fn logout_all(this, py) -> Nothing {
            this.write(py, |shop| async move { shop.logout_all().await })
        }

        /// Adds a customer, with an opening balance if there is one: positive if the customer owes.
        ///
        /// Raises Invalid, Conflict (`mobile_taken`, `period_locked`).
        #[pyo3(signature = (*, idempotency_key = None, **fields))]
        fn add_customer(this, py, idempotency_key: Option<&str>; fields: NewCustomer) -> Row {
            this.add(py, fields, Options { key: idempotency_key, ..Options::default() })
        }

        /// Gets a customer, archived or not. Raises NotFound.
        #[pyo3(signature = (customer, /))]
        fn customer(this, py, customer: &Bound<'_, PyAny>) -> Row {
            let id = form::id(customer)?;
            this.read(py, move |shop| async move { shop.customer(id).await })
        }

        /// Updates a customer. A field that is left out stays as it is; `None` clears an optional one. With `revision`,
        /// it fails unless the customer still has that one.
        ///
        /// Raises NotFound, Invalid, Conflict (`mobile_taken`, `stale`).
        #[pyo3(signature = (customer, /, *, revision = None, **fields))]
        fn update_customer(this, py, customer: &Bound<'_, PyAny>, revision: Option<u64>; fields: CustomerUpdate) -> Row {
            let id = form::id(customer)?;
            let update = this.input(py, fields)?;
            this.write(py, move |shop| async move { shop.update_customer(id, update, revision).await })
        }

        /// Deletes a customer without entries, or archives one with a zero balance.
        ///
        /// Raises NotFound, Conflict (`balance_outstanding`, `stale`).
        #[pyo3(signature = (customer, /, *, revision = None))]
        fn remove_customer(this, py, customer: &Bound<'_, PyAny>, revision: Option<u64>) -> &'static str {
            let id = form::id(customer)?;
            this.write(py, move |shop| async move {
                Ok(match shop.remove_customer(id, revision).await? {
                    Removal::Deleted => "deleted",
                    Removal::Archived => "archived",
                })
            })
        }

        /// Adds an opening balance in place of the one that a customer has, which becomes void from its date on, or from the
        /// first possible date after.
        ///
        /// Raises NotFound, Invalid, Conflict (`number_taken`, `period_locked`).
        #[pyo3(signature = (customer, /, *, dry_run = false, idempotency_key = None, **fields))]
        fn replace_opening_balance(
            this, py, customer: &Bound<'_, PyAny>, dry_run: bool, idempotency_key: Option<&str>; fields: OpeningTerms
        ) -> Row {
            let new = NewOpeningBalance::of(form::id(customer)?, this.input(py, fields)?);
            let key = new::key(py, idempotency_key)?;
            this.write(py, move |shop| async move {
                if dry_run {
                    return shop.preview(shop.replacing_opening(new).await?).await;
                }
                Ok(shop.replace_opening_balance(new, key).await?.value)
            })
        }

        /// Takes a customer out of the archive. Raises NotFound.
        #[pyo3(signature = (customer, /))]
        fn restore_customer(this, py, customer: &Bound<'_, PyAny>) -> Row {
            let id = form::id(customer)?;
            this.write(py, move |shop| async move { shop.restore_customer(id).await })
        }

        /// Gets the balance of a customer at the end of a day, by default today, by the dates on the documents. Raises
        /// NotFound.
        #[pyo3(signature = (customer, /, *, as_of = None))]
        fn balance(this, py, customer: &Bound<'_, PyAny>, as_of: Option<&Bound<'_, PyAny>>) -> Row {
            let (id, as_of) = (form::id(customer)?, this.date("asOf", as_of)?);
            this.read(py, move |shop| async move { shop.balance(id, as_of).await })
        }

        /// Adds an invoice. Its tax is `cgst` with `sgst`, or `igst`; its number is the next of the series if absent.
        /// Credit that the customer has on account pays it at once.
        ///
        /// Raises Invalid, Conflict (`number_taken`, `credit_limit_exceeded` unless `over_limit`, `period_locked`).
        #[pyo3(signature = (*, over_limit = false, dry_run = false, idempotency_key = None, **fields))]
        fn add_invoice(
            this, py, over_limit: bool, dry_run: bool, idempotency_key: Option<&str>; fields: NewInvoice
        ) -> Row {
            this.add(py, fields, Options { over_limit, dry_run, key: idempotency_key })
        }

        /// Gets an invoice. Raises NotFound.
        #[pyo3(signature = (invoice, /))]
        fn invoice(this, py, invoice: &Bound<'_, PyAny>) -> Row {
            this.document::<Invoice>(py, invoice)
        }

        /// Voids an invoice: from the void's date on it is owed no more, and what had paid it is applied again at once.
        ///
        /// Raises NotFound, Invalid, Conflict (`already_void`, `has_credit_notes`, `period_locked`).
        #[pyo3(signature = (invoice, /, *, reason, date = None, dry_run = false, idempotency_key = None))]
        fn void_invoice(
            this, py, invoice: &Bound<'_, PyAny>, reason: Bound<'_, PyAny>, date: Option<Bound<'_, PyAny>>,
            dry_run: bool, idempotency_key: Option<&str>,
        ) -> Row {
            this.void::<Invoice>(py, invoice, (reason, date), Options { over_limit: false, dry_run, key: idempotency_key })
        }

        /// Adds a debit note: more that is owed, on an invoice or by itself. Credit on account pays it at once.
        ///
        /// Raises Invalid, Conflict (`number_taken`, `period_locked`).
        #[pyo3(signature = (*, dry_run = false, idempotency_key = None, **fields))]
        fn add_debit_note(this, py, dry_run: bool, idempotency_key: Option<&str>; fields: NewDebitNote) -> Row {
            this.add(py, fields, Options { over_limit: false, dry_run, key: idempotency_key })
        }

        /// Gets a debit note. Raises NotFound.
        #[pyo3(signature = (debit_note, /))]
        fn debit_note(this, py, debit_note: &Bound<'_, PyAny>) -> Row {
            this.document::<DebitNote>(py, debit_note)
        }

        /// Voids a debit note, as `void_invoice` voids an invoice.
        #[pyo3(signature = (debit_note, /, *, reason, date = None, dry_run = false, idempotency_key = None))]
        fn void_debit_note(
            this, py, debit_note: &Bound<'_, PyAny>, reason: Bound<'_, PyAny>, date: Option<Bound<'_, PyAny>>,
            dry_run: bool, idempotency_key: Option<&str>,
        ) -> Row {
            this.void::<DebitNote>(py, debit_note, (reason, date), Options { over_limit: false, dry_run, key: idempotency_key })
        }

        /// Reverses the receipt of a cheque that bounced: what it had paid is owed again, by the old due dates. A `charge` is
        /// added by a debit note.
        ///
        /// Raises NotFound, Invalid, Conflict (`not_a_cheque`, `already_void`, `period_locked`).
        #[pyo3(signature = (receipt, /, *, dry_run = false, idempotency_key = None, **fields))]
        fn bounce_receipt(
            this, py, receipt: &Bound<'_, PyAny>, dry_run: bool, idempotency_key: Option<&str>; fields: BounceTerms
        ) -> Row {
            let bounce = Bounce { receipt: form::id(receipt)?, terms: this.input(py, fields)? };
            this.perform(py, bounce, Options { over_limit: false, dry_run, key: idempotency_key })
        }

        /// Has a receipt pay these invoices and debit notes in place of what it paid, from a day on, by default today; what
        /// is left pays what is due first.
        ///
        /// Raises NotFound, Invalid, Conflict (`already_void`, `period_locked`).
        #[pyo3(signature = (receipt, /, *, dry_run = false, idempotency_key = None, **fields))]
        fn allocate_receipt(
            this, py, receipt: &Bound<'_, PyAny>, dry_run: bool, idempotency_key: Option<&str>; fields: ReallocationTerms
        ) -> Row {
            let new = Reallocation::<ReceiptId> { credit: form::id(receipt)?, terms: this.input(py, fields)? };
            this.perform(py, new, Options { over_limit: false, dry_run, key: idempotency_key })
        }

        /// Has a credit note pay other debits, as `allocate_receipt` does a receipt.
        #[pyo3(signature = (credit_note, /, *, dry_run = false, idempotency_key = None, **fields))]
        fn allocate_credit_note(
            this, py, credit_note: &Bound<'_, PyAny>, dry_run: bool, idempotency_key: Option<&str>;
            fields: ReallocationTerms
        ) -> Row {
            let new = Reallocation::<CreditNoteId> { credit: form::id(credit_note)?, terms: this.input(py, fields)? };
            this.perform(py, new, Options { over_limit: false, dry_run, key: idempotency_key })
        }

        /// Posts many customers and documents in their order, as fast as the database takes them, and returns the
        /// results.
        ///
        /// All are read first; if one is invalid, none is posted. If the book refuses one, the exception has its
        /// position as `index`: those before it are in the book, and some after it may be. With `return_exceptions` all
        /// that can be are posted, and the list has exceptions too.
        #[pyo3(signature = (items, /, *, return_exceptions = false))]
        fn add_many(this, py, items: &Bound<'_, PyAny>, return_exceptions: bool) -> ManyPosted {
            let many = Many::read(items, this.core(), return_exceptions)?;
            this.write(py, |shop| async move { Ok(many.post(shop).await) })
        }

        /// Explains a balance: its open items, at most `limit`, and what paid them or what they paid. Raises NotFound.
        #[pyo3(signature = (customer, /, *, as_of = None, limit = 100))]
        fn explain_balance(
            this, py, customer: &Bound<'_, PyAny>, as_of: Option<&Bound<'_, PyAny>>, limit: u16,
        ) -> Row {
            let (id, as_of) = (form::id(customer)?, this.date("asOf", as_of)?);
            let limit = argument(py, "limit", Limit::new(limit))?;
            this.read(py, move |shop| async move { shop.explain_balance(id, as_of, limit).await })
        }

        /// Explains a document as it stands: what paid it or what it paid, and what is open of it. Raises NotFound.
        #[pyo3(signature = (kind, document, /))]
        fn explain_document(this, py, kind: &str, document: &Bound<'_, PyAny>) -> Row {
            let kind = argument(py, "kind", DocumentKind::parse(kind))?;
            let id = form::id(document)?;
            this.read(py, move |shop| async move { shop.explain_document(kind, id).await })
        }

        /// Gets a customer's account over a period, both days included: by default from the beginning and to today.
        /// Raises NotFound.
        #[pyo3(signature = (customer, /, *, from_ = None, to = None))]
        fn statement(
            this, py, customer: &Bound<'_, PyAny>, from_: Option<&Bound<'_, PyAny>>, to: Option<&Bound<'_, PyAny>>,
        ) -> Row {
            let id = form::id(customer)?;
            let (from, to) = (this.date("from", from_)?, this.date("to", to)?);
            let filter = StatementFilter { from, to, limit: Limit::MAX, after: None };
            this.read(py, move |shop| whole_statement(shop, id, filter))
        }

        /// Gets what customers owed at the end of a day, by default today, by how long it had been due.
        #[pyo3(signature = (*, as_of = None))]
        fn ageing(this, py, as_of: Option<&Bound<'_, PyAny>>) -> Row {
            let as_of = this.date("asOf", as_of)?;
            this.read(py, move |shop| async move { shop.ageing(as_of).await })
        }

        /// Gets the shop at a glance, today.
        fn summary(this, py) -> Row {
            this.read(py, |shop| async move { shop.summary().await })
        }

        /// Gets all entries of a day, by default today, with sums.
        #[pyo3(signature = (*, date = None))]
        fn day_book(this, py, date: Option<&Bound<'_, PyAny>>) -> Row {
            let date = this.date("date", date)?;
            this.read(py, move |shop| async move {
                let mut whole = shop.day_book(date, 0, Limit::MAX).await?;
                while let Some(after) = whole.next {
                    let page = shop.day_book(Some(whole.date), after, Limit::MAX).await?;
                    whole.entries.extend(page.entries);
                    (whole.totals, whole.next) = (page.totals, page.next);
                }
                Ok(whole)
            })
        }

        /// Recomputes the book from its entries, and returns the faults that it finds.
        fn verify(this, py) -> Row {
            this.read(py, |shop| async move { shop.verify().await.map(own::Verified::from) })
        }

        /// Gets the position of the book, signed, to be kept elsewhere.
        fn signed_head(this, py) -> Row {
            this.read(py, |shop| async move { shop.signed_head().await.map(own::SignedHead::from) })
        }

        /// Writes the whole book into a file: as JSON lines, which `Khata.import_book` reads, as one `table` of CSV, or
        /// as plain-text accounts. Returns the number of entries.
        ///
        /// `progress` is called with the number of entries done and their total, from a thread of Khata's where it is
        /// awaited; an exception that it raises ends the export. The file gets its name when it is complete. Raises
        /// FileExistsError if there is one already, unless it is to be replaced, and PermissionError if it is one of the
        /// database itself.
        ///
        /// Raises Forbidden: see `reauthenticate`.
        #[pyo3(signature = (path, /, *, format = "json", table = None, replace = false, progress = None))]
        fn export(
            this, py, path: PathBuf, format: &str, table: Option<&str>, replace: bool, progress: Option<Py<PyAny>>,
        ) -> Outcome<u64> {
            let fields = [("format", Some(format)), ("table", table)];
            let raw = |(name, text): (&str, Option<&str>)| Some((name.to_owned(), Raw::Text(text?.to_owned())));
            let format = Format::from_form(Form::new(fields.into_iter().filter_map(raw).collect()));
            let format = format.map_err(|failed| error::exception(py, &failed))?;
            let progress = Progress::new(progress);
            let file = transfer::output(this.place(), &path, replace);
            this.read(py, move |shop| async move { Ok(Outcome(transfer::export(shop, file, format, progress).await)) })
        }

        /// Writes every table as CSV into a folder, all from one moment. Returns the number of entries; see `export`.
        #[pyo3(signature = (folder, /, *, replace = false, progress = None))]
        fn export_tables(
            this, py, folder: PathBuf, replace: bool, progress: Option<Py<PyAny>>,
        ) -> Outcome<u64> {
            let progress = Progress::new(progress);
            let files = transfer::outputs(this.place(), &folder, replace);
            this.read(py, |shop| async move { Ok(Outcome(transfer::export_tables(shop, files, progress).await)) })
        }

        /// Adds the customers of a table who are not in the book, where a customer is known by the mobile number. The
        /// table is CSV in UTF-8 with a line of headers, at a path or in an open file. Common headers of other programs
        /// are understood; `columns` names others, as in `{"name": "Ledger Name"}`.
        ///
        /// If a row is bad, nothing is written, or with `skip_bad` all the others; with `dry_run` nothing in any case.
        ///
        /// `progress` is called with the number of customers added and their total, from a thread of Khata's where it
        /// is awaited; an exception that it raises ends the import. Customers who were added stay, and the same call
        /// adds the rest.
        ///
        /// Raises Invalid for what is not a table, and for bad rows, with every fault of each: its `field` is such as
        /// `line/7/Phone`, by the header. Raises Conflict if something was taken meanwhile.
        #[pyo3(signature = (file, /, *, columns = None, skip_bad = false, dry_run = false, progress = None))]
        fn import_customers(
            this, py, file: &Bound<'_, PyAny>, columns: Option<&Bound<'_, PyMapping>>, skip_bad: bool, dry_run: bool,
            progress: Option<Py<PyAny>>,
        ) -> Outcome<Row> {
            let (columns, source) = (Columns::of(columns)?, Source::of(file)?);
            let customers = Customers { source, columns, skip_bad, dry_run, progress: Progress::new(progress) };
            this.write(py, |shop| async move {
                let currency = shop.currency();
                Ok(Outcome(customers.import(shop).await.map(|imported| Row::new(&imported, currency))))
            })
        }

        /// Whether the book still continues a head that was kept. Whether the head is genuine, `Khata.vouches_for`
        /// says.
        #[pyo3(signature = (head, /))]
        fn goes_on_from(this, py, head: &Bound<'_, SignedHead>) -> bool {
            let head = SignedHead::core(head)?;
            this.read(py, |shop| async move { shop.goes_on_from(&head).await })
        }
    }

    lists {
        /// Lists customers, archived ones or the others: by last entry, by name, or the largest balance first. With
        /// `search`, only those of whose name, firm, tags or mobile number a word begins with each word of it; with `tag`,
        /// only those who have it.
        #[pyo3(signature = (*, search = None, tag = None, archived = false, sort = "recent"))]
        fn customers(this, py, search: Option<String>, tag: Option<&str>, archived: bool, sort: &str) {
            let order = argument(py, "sort", CustomerOrder::parse(sort))?;
            let tag = tag.map(|tag| argument(py, "tag", Tag::parse(tag))).transpose()?;
            let first = CustomerFilter { search, tag, archived, order, after: None, limit: Limit::MAX };
            this.pages(py, first, |shop, filter| async move {
                let page = shop.core().customers(&filter).await?;
                let next = page.next.map(|after| CustomerFilter { after: Some(after), ..filter });
                Ok((page.items, next))
            })
        }

        /// Lists invoices, newest first: of a customer, of a period, of a status.
        #[pyo3(signature = (*, customer_id = None, from_ = None, to = None, status = None))]
        fn invoices(
            this, py, customer_id: Option<&Bound<'_, PyAny>>, from_: Option<&Bound<'_, PyAny>>,
            to: Option<&Bound<'_, PyAny>>, status: Option<&str>,
        ) {
            let status = argument(py, "status", status.map(InvoiceStatus::parse).transpose())?;
            let filter = this.filter(customer_id, from_, to)?;
            this.documents::<Invoice>(py, DocumentFilter { status, ..filter })
        }

        /// Lists debit notes, newest first: of a customer, of a period, of a status.
        #[pyo3(signature = (*, customer_id = None, from_ = None, to = None, status = None))]
        fn debit_notes(
            this, py, customer_id: Option<&Bound<'_, PyAny>>, from_: Option<&Bound<'_, PyAny>>,
            to: Option<&Bound<'_, PyAny>>, status: Option<&str>,
        ) {
            let status = argument(py, "status", status.map(InvoiceStatus::parse).transpose())?;
            let filter = this.filter(customer_id, from_, to)?;
            this.documents::<DebitNote>(py, DocumentFilter { status, ..filter })
        }

        /// Lists the entries of the ledger after a `seq`, oldest first.
        #[pyo3(signature = (*, after = 0))]
        fn entries(this, py, after: u64) {
            this.pages(py, after, |shop, after| async move {
                let entries = shop.core().entries(after, Limit::MAX).await?;
                let next = entries.last().map(|last| last.seq);
                Ok((entries, next))
            })
        }

        /// Lists entries as `entries` does, then new ones as they come. It ends when none came for `timeout`, if that
        /// is given, and when the book is closed.
        #[pyo3(signature = (*, after = 0, timeout = None))]
        fn feed(this, py, after: u64, timeout: Option<Duration>) {
            this.pages(py, (after, Instant::now()), move |shop, (after, last)| async move {
                let patience = look_again(last, timeout);
                let page = shop.core().entries_to_come(after, Limit::MAX, patience).await?;
                let next = match page.items.last() {
                    Some(entry) => Some((entry.seq, Instant::now())),
                    None => {
                        let over = shop.guard().is_closed() || timeout.is_some_and(|timeout| last.elapsed() >= timeout);
                        (!over).then_some((after, last))
                    }
                };
                Ok((page.items, next))
            })
        }
    }
}
