//! The shop: every operation on one owner's book.

mod handle;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use khata_core::customer::{CustomerUpdate, Removal};
use khata_core::export::Format;
use khata_core::form::{Form, Raw};
use khata_core::id::{CreditNoteId, CustomerId, InvoiceId, ItemId, ReceiptId, SessionId};
use khata_core::invoice::InvoiceStatus;
use khata_core::number::DocumentKind;
use khata_core::owner::OwnerUpdate;
use khata_core::page::Limit;
use khata_core::shop::{CustomerFilter, DocumentFilter, StatementFilter};
use khata_core::store::CustomerOrder;
use khata_core::{Error, Shop as Core};
use pyo3::prelude::*;
use pyo3::types::PyMapping;

pub(crate) use handle::ShopHandle;
use handle::whole_statement;

use crate::call::Nothing;
use crate::door::doors;
use crate::field::Field as _;
use crate::new::{self, Many, ManyPosted, NewCreditNote, NewCustomer, NewInvoice, NewReceipt, Posted};
use crate::record::{
    Ageing, Balance, CreditNote, Customer, DayBook, Entry, ExplainedItem, Explanation, ImportedCustomers,
    Invoice, Receipt, ShopOwner, SignedHead, Statement, Summary, Verified,
};
use crate::transfer::{self, Columns, Customers, Outcome, Progress, Source};
use crate::{error, form};

/// How long one look for entries to come lasts.
const LOOK: Duration = Duration::from_secs(30);

/// How long the next look for entries lasts, where the last one came then.
fn look_again(last: Instant, patience: Option<Duration>) -> Duration {
    patience.map_or(LOOK, |patience| patience.saturating_sub(last.elapsed()).min(LOOK))
}

fn order(py: Python<'_>, name: &str) -> PyResult<CustomerOrder> {
    match name {
        "recent" => Ok(CustomerOrder::Recent),
        "name" => Ok(CustomerOrder::Name),
        "balance" => Ok(CustomerOrder::Balance),
        _ => Err(error::exception(
            py,
            &Error::invalid("sort", "invalid_sort", "must be recent, name or balance"),
        )),
    }
}

fn kind(py: Python<'_>, name: &str) -> PyResult<DocumentKind> {
    DocumentKind::from_name(name).ok_or_else(|| {
        error::exception(
            py,
            &Error::invalid("kind", "invalid_kind", "must be invoice, receipt or credit_note"),
        )
    })
}

fn limit(py: Python<'_>, rows: u16) -> PyResult<Limit> {
    Limit::new(rows).map_err(|fault| error::exception(py, &Error::Invalid(vec![fault.at("limit")])))
}

doors! {
    ShopHandle => Shop, AsyncShop;

    /// A shop's book. What is another shop's doesn't exist through it.
    common {
        /// The owner, whose book this is.
        #[getter]
        fn id<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            self.0.core().id().uuid().to_py(py)
        }

        /// The session by which it was opened; none if the program opened it by itself.
        #[getter]
        fn session_id<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            self.0.core().session().map(SessionId::uuid).to_py(py)
        }

        /// The currency of all its amounts, as ISO 4217 has it.
        #[getter]
        fn currency(&self) -> &'static str {
            self.0.core().currency().code()
        }

        /// Where its days begin.
        #[getter]
        fn time_zone(&self) -> &'static str {
            self.0.core().time_zone().name()
        }

        /// The date there now.
        fn today<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            self.0.core().today().to_py(py)
        }

        fn __repr__(&self) -> String {
            format!("<khata shop {}>", self.0.core().id())
        }
    }
    sync {}
    async {}

    calls {
        /// The owner's profile.
        fn profile(this, py) -> ShopOwner {
            this.read(py, |shop| async move { shop.profile().await })
        }

        /// Changes the profile; a new `password` needs `current_password`, and ends every other session.
        #[pyo3(
            signature = (*, revision = None, **fields),
            text_signature = "($self, *, shop_name=..., proprietor_name=..., mobile_number=..., gst_number=..., state=..., \
                              upi_id=..., locked_until=..., password=..., current_password=..., revision=None)"
        )]
        fn update_profile(this, py, revision: Option<u64>; fields) -> ShopOwner {
            let update = OwnerUpdate::from_form(form::form(fields, this.core().time_zone())?);
            let update = update.map_err(|failed| error::exception(py, &failed))?;
            this.write(py, |shop| async move { shop.update_profile(update, revision).await })
        }

        /// Ends the session by which it was opened.
        fn logout(this, py) -> Nothing {
            this.write(py, |shop| async move { shop.logout().await })
        }

        /// Ends every session of the owner.
        fn logout_all(this, py) -> Nothing {
            this.write(py, |shop| async move { shop.logout_all().await })
        }

        /// Adds a customer, with an opening balance if there is one.
        #[pyo3(
            signature = (**fields),
            text_signature = "($self, *, name, mobile_number, firm_name=None, city=None, state=None, gst_number=None, \
                              opening_balance=None, opening_date=None, credit_limit=None, idempotency_key=None)"
        )]
        fn add_customer(this, py; fields) -> Posted {
            this.add::<NewCustomer>(py, fields)
        }

        /// A customer, archived or not.
        #[pyo3(signature = (customer, /))]
        fn customer(this, py, customer: &Bound<'_, PyAny>) -> Customer {
            let id = form::id(customer, CustomerId::from_uuid)?;
            this.read(py, move |shop| async move { shop.customer(id).await })
        }

        /// Changes a customer's particulars: what is left out stays as it is, None empties it.
        #[pyo3(
            signature = (customer, /, *, revision = None, **fields),
            text_signature = "($self, customer, /, *, name=..., mobile_number=..., firm_name=..., city=..., state=..., \
                              gst_number=..., credit_limit=..., revision=None)"
        )]
        fn update_customer(
            this, py, customer: &Bound<'_, PyAny>, revision: Option<u64>; fields) -> Customer {
            let id = form::id(customer, CustomerId::from_uuid)?;
            let form = form::form(fields, this.core().time_zone())?;
            let update = CustomerUpdate::from_form(form, this.core().currency());
            let update = update.map_err(|failed| error::exception(py, &failed))?;
            this.write(py, move |shop| async move { shop.update_customer(id, update, revision).await })
        }

        /// Takes a customer off the list: deletes one without entries, archives one with a zero balance.
        #[pyo3(signature = (customer, /, *, revision = None))]
        fn remove_customer(this, py, customer: &Bound<'_, PyAny>, revision: Option<u64>) -> &'static str {
            let id = form::id(customer, CustomerId::from_uuid)?;
            this.write(py, move |shop| async move {
                Ok(match shop.remove_customer(id, revision).await? {
                    Removal::Deleted => "deleted",
                    Removal::Archived => "archived",
                })
            })
        }

        /// Takes a customer out of the archive.
        #[pyo3(signature = (customer, /))]
        fn restore_customer(this, py, customer: &Bound<'_, PyAny>) -> Customer {
            let id = form::id(customer, CustomerId::from_uuid)?;
            this.write(py, move |shop| async move { shop.restore_customer(id).await })
        }

        /// How a customer stood at the end of a day, today if none is named.
        #[pyo3(signature = (customer, /, *, as_of = None))]
        fn balance(this, py, customer: &Bound<'_, PyAny>, as_of: Option<&Bound<'_, PyAny>>) -> Balance {
            let (id, as_of) = (form::id(customer, CustomerId::from_uuid)?, this.date("asOf", as_of)?);
            this.read(py, move |shop| async move { shop.balance(id, as_of).await })
        }

        /// Adds an invoice. Money that the customer has on account pays it at once.
        #[pyo3(
            signature = (**fields),
            text_signature = "($self, *, customer_id, date, gross_amount, total_amount, cgst=None, sgst=None, igst=None, \
                              other_charges=None, round_off=None, invoice_number=None, due_date=None, note=None, \
                              over_limit=False, idempotency_key=None)"
        )]
        fn add_invoice(this, py; fields) -> Posted {
            this.add::<NewInvoice>(py, fields)
        }

        /// An invoice.
        #[pyo3(signature = (invoice, /))]
        fn invoice(this, py, invoice: &Bound<'_, PyAny>) -> Invoice {
            let id = form::id(invoice, InvoiceId::from_uuid)?;
            this.read(py, move |shop| async move { shop.invoice(id).await })
        }

        /// Adds a receipt. It pays what it says it pays, then what is oldest due; the rest stays on account.
        #[pyo3(
            signature = (**fields),
            text_signature = "($self, *, customer_id, date, amount, payment_type, receipt_number=None, reference=None, \
                              allocations=None, note=None, idempotency_key=None)"
        )]
        fn add_receipt(this, py; fields) -> Posted {
            this.add::<NewReceipt>(py, fields)
        }

        /// A receipt.
        #[pyo3(signature = (receipt, /))]
        fn receipt(this, py, receipt: &Bound<'_, PyAny>) -> Receipt {
            let id = form::id(receipt, ReceiptId::from_uuid)?;
            this.read(py, move |shop| async move { shop.receipt(id).await })
        }

        /// Adds a credit note. It pays its invoice first, then what is oldest due; the rest stays on account.
        #[pyo3(
            signature = (**fields),
            text_signature = "($self, *, invoice_id, date, gross_amount, cgst=None, sgst=None, igst=None, \
                              other_charges=None, round_off=None, total_amount=None, credit_note_number=None, note=None, \
                              idempotency_key=None)"
        )]
        fn add_credit_note(this, py; fields) -> Posted {
            this.add::<NewCreditNote>(py, fields)
        }

        /// A credit note.
        #[pyo3(signature = (credit_note, /))]
        fn credit_note(this, py, credit_note: &Bound<'_, PyAny>) -> CreditNote {
            let id = form::id(credit_note, CreditNoteId::from_uuid)?;
            this.read(py, move |shop| async move { shop.credit_note(id).await })
        }

        /// Posts many, in their order, as fast as the database takes them; answers with what came of each.
        ///
        /// All are read first, and if one is wrong in itself none is posted. If the book refuses one, its exception has its
        /// place as `index`: those before it are in the book, and some after it may be. With `return_exceptions` all are
        /// posted that can be, and exceptions stand in the list.
        #[pyo3(signature = (items, /, *, return_exceptions = false))]
        fn add_many(this, py, items: &Bound<'_, PyAny>, return_exceptions: bool) -> ManyPosted {
            let many = Many::read(items, this.core(), return_exceptions)?;
            this.write(py, |shop| async move { Ok(many.post(shop).await) })
        }

        /// Voids an invoice: from the void's date on it is owed no more, and what had paid it is applied again at once.
        #[pyo3(signature = (invoice, /, *, reason, date = None, idempotency_key = None))]
        fn void_invoice(
            this, py, invoice: &Bound<'_, PyAny>, reason: Bound<'_, PyAny>, date: Option<Bound<'_, PyAny>>,
            idempotency_key: Option<&str>,
        ) -> Invoice {
            let void = this.void(form::id(invoice, InvoiceId::from_uuid)?, py, (reason, date))?;
            let key = new::key(py, idempotency_key)?;
            this.write(py, |shop| async move { new::once(&shop, key, void, Core::void_invoice).await })
        }

        /// Voids a receipt: from the void's date on it has paid nothing.
        #[pyo3(signature = (receipt, /, *, reason, date = None, idempotency_key = None))]
        fn void_receipt(
            this, py, receipt: &Bound<'_, PyAny>, reason: Bound<'_, PyAny>, date: Option<Bound<'_, PyAny>>,
            idempotency_key: Option<&str>,
        ) -> Receipt {
            let void = this.void(form::id(receipt, ReceiptId::from_uuid)?, py, (reason, date))?;
            let key = new::key(py, idempotency_key)?;
            this.write(py, |shop| async move { new::once(&shop, key, void, Core::void_receipt).await })
        }

        /// Voids a credit note, as a receipt is voided.
        #[pyo3(signature = (credit_note, /, *, reason, date = None, idempotency_key = None))]
        fn void_credit_note(
            this, py, credit_note: &Bound<'_, PyAny>, reason: Bound<'_, PyAny>, date: Option<Bound<'_, PyAny>>,
            idempotency_key: Option<&str>,
        ) -> CreditNote {
            let void = this.void(form::id(credit_note, CreditNoteId::from_uuid)?, py, (reason, date))?;
            let key = new::key(py, idempotency_key)?;
            this.write(py, |shop| async move { new::once(&shop, key, void, Core::void_credit_note).await })
        }

        /// Explains a balance: the open items that make it up, and what paid them or what they paid.
        #[pyo3(signature = (customer, /, *, as_of = None, limit = 100))]
        fn explain_balance(
            this, py, customer: &Bound<'_, PyAny>, as_of: Option<&Bound<'_, PyAny>>, limit: u16,
        ) -> Explanation {
            let (id, as_of) = (form::id(customer, CustomerId::from_uuid)?, this.date("asOf", as_of)?);
            let limit = self::limit(py, limit)?;
            this.read(py, move |shop| async move { shop.explain_balance(id, as_of, limit).await })
        }

        /// Explains a document of a kind as it stands: what paid it or what it paid, and what is open of it.
        #[pyo3(signature = (kind, document, /))]
        fn explain_document(this, py, kind: &str, document: &Bound<'_, PyAny>) -> ExplainedItem {
            let (kind, id) = (self::kind(py, kind)?, form::id(document, ItemId::from_uuid)?);
            this.read(py, move |shop| async move { shop.explain_document(kind, id).await })
        }

        /// A customer's account over a period, both days included: from the beginning and to today if not said.
        #[pyo3(signature = (customer, /, *, from_ = None, to = None))]
        fn statement(
            this, py, customer: &Bound<'_, PyAny>, from_: Option<&Bound<'_, PyAny>>, to: Option<&Bound<'_, PyAny>>,
        ) -> Statement {
            let id = form::id(customer, CustomerId::from_uuid)?;
            let (from, to) = (this.date("from", from_)?, this.date("to", to)?);
            let filter = StatementFilter { from, to, limit: Limit::MAX, after: None };
            this.read(py, move |shop| whole_statement(shop, id, filter))
        }

        /// What customers owed at the end of a day, today if none is named, by how long it had been due.
        #[pyo3(signature = (*, as_of = None))]
        fn ageing(this, py, as_of: Option<&Bound<'_, PyAny>>) -> Ageing {
            let as_of = this.date("asOf", as_of)?;
            this.read(py, move |shop| async move { shop.ageing(as_of).await })
        }

        /// The shop at a glance, today.
        fn summary(this, py) -> Summary {
            this.read(py, |shop| async move { shop.summary().await })
        }

        /// All that is dated on a day, today if none is named, with sums.
        #[pyo3(signature = (*, date = None))]
        fn day_book(this, py, date: Option<&Bound<'_, PyAny>>) -> DayBook {
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

        /// Recomputes the book from its entries, and says what is wrong with it, if anything is.
        fn verify(this, py) -> Verified {
            this.read(py, |shop| async move { shop.verify().await })
        }

        /// How far the book has got, signed, to be kept elsewhere.
        fn signed_head(this, py) -> SignedHead {
            this.read(py, |shop| async move { Ok(SignedHead::from(shop.signed_head().await?)) })
        }

        /// Writes the whole book into a file: as JSON lines, which `Khata.import_book` reads, as one `table` of CSV, or as
        /// plain-text accounts. Answers how many entries it has. `progress` is called with how many of how many are done;
        /// what it raises ends the export.
        #[pyo3(signature = (path, /, *, format = "json", table = None, progress = None))]
        fn export(
            this, py, path: PathBuf, format: &str, table: Option<&str>, progress: Option<Py<PyAny>>,
        ) -> Outcome<u64> {
            let fields = [("format", Some(format)), ("table", table)];
            let raw = |(name, text): (&str, Option<&str>)| Some((name.to_owned(), Raw::Text(text?.to_owned())));
            let format = Format::from_form(Form::new(fields.into_iter().filter_map(raw).collect()));
            let format = format.map_err(|failed| error::exception(py, &failed))?;
            let progress = Progress::new(progress);
            this.read(py, move |shop| async move { Ok(Outcome(transfer::export(shop, path, format, progress).await)) })
        }

        /// Writes every table of CSV into a folder, all of one moment, as `export` writes one.
        #[pyo3(signature = (folder, /, *, progress = None))]
        fn export_tables(this, py, folder: PathBuf, progress: Option<Py<PyAny>>) -> Outcome<u64> {
            let progress = Progress::new(progress);
            this.read(py, |shop| async move { Ok(Outcome(transfer::export_tables(shop, folder, progress).await)) })
        }

        /// Adds the customers of a table, CSV with a line of headers, who are not in the book. `columns` says which header is
        /// which, where that isn't clear. If a row is bad, nothing is written, but with `skip_bad` all the others are; with
        /// `dry_run` nothing ever. `progress` is called with how many of how many are added; what it raises ends the import.
        #[pyo3(signature = (file, /, *, columns = None, skip_bad = false, dry_run = false, progress = None))]
        fn import_customers(
            this, py, file: &Bound<'_, PyAny>, columns: Option<&Bound<'_, PyMapping>>, skip_bad: bool, dry_run: bool,
            progress: Option<Py<PyAny>>,
        ) -> Outcome<ImportedCustomers> {
            let (columns, source) = (Columns::of(columns)?, Source::of(file)?);
            let customers = Customers { source, columns, skip_bad, dry_run, progress: Progress::new(progress) };
            this.write(py, |shop| async move { Ok(Outcome(customers.import(shop).await)) })
        }

        /// Whether the book still goes on from a head that was kept. Whether that is genuine, `Khata.vouches_for` says.
        #[pyo3(signature = (head, /))]
        fn goes_on_from(this, py, head: &SignedHead) -> bool {
            let head = head.core()?;
            this.read(py, |shop| async move { shop.goes_on_from(&head).await })
        }
    }

    lists {
        /// Customers, archived ones or the others: by last entry, by name, or the largest balance first.
        #[pyo3(signature = (*, search = None, archived = false, sort = "recent"))]
        fn customers(this, py, search: Option<String>, archived: bool, sort: &str) {
            let order = order(py, sort)?;
            let first = CustomerFilter { search, archived, order, after: None, limit: Limit::MAX };
            this.pages::<_, _, Customer, _>(py, first, |shop, filter| async move {
                let page = shop.core().customers(&filter).await?;
                let next = page.next.map(|after| CustomerFilter { after: Some(after), ..filter });
                Ok((page.items, next))
            })
        }

        /// Invoices, newest first.
        #[pyo3(signature = (*, customer_id = None, from_ = None, to = None, status = None))]
        fn invoices(
            this, py, customer_id: Option<&Bound<'_, PyAny>>, from_: Option<&Bound<'_, PyAny>>,
            to: Option<&Bound<'_, PyAny>>, status: Option<&str>,
        ) {
            let status = status.map(InvoiceStatus::parse).transpose();
            let status = status.map_err(|fault| error::exception(py, &Error::Invalid(vec![fault.at("status")])))?;
            let first = DocumentFilter { status, limit: Limit::MAX, ..this.documents(customer_id, from_, to)? };
            this.pages::<_, _, Invoice, _>(py, first, |shop, filter| async move {
                let page = shop.core().invoices(&filter).await?;
                let next = page.next.map(|before| DocumentFilter { before: Some(before), ..filter });
                Ok((page.items, next))
            })
        }

        /// Receipts, newest first.
        #[pyo3(signature = (*, customer_id = None, from_ = None, to = None))]
        fn receipts(
            this, py, customer_id: Option<&Bound<'_, PyAny>>, from_: Option<&Bound<'_, PyAny>>,
            to: Option<&Bound<'_, PyAny>>,
        ) {
            let first = DocumentFilter { limit: Limit::MAX, ..this.documents(customer_id, from_, to)? };
            this.pages::<_, _, Receipt, _>(py, first, |shop, filter| async move {
                let page = shop.core().receipts(&filter).await?;
                let next = page.next.map(|before| DocumentFilter { before: Some(before), ..filter });
                Ok((page.items, next))
            })
        }

        /// Credit notes, newest first.
        #[pyo3(signature = (*, customer_id = None, from_ = None, to = None))]
        fn credit_notes(
            this, py, customer_id: Option<&Bound<'_, PyAny>>, from_: Option<&Bound<'_, PyAny>>,
            to: Option<&Bound<'_, PyAny>>,
        ) {
            let first = DocumentFilter { limit: Limit::MAX, ..this.documents(customer_id, from_, to)? };
            this.pages::<_, _, CreditNote, _>(py, first, |shop, filter| async move {
                let page = shop.core().credit_notes(&filter).await?;
                let next = page.next.map(|before| DocumentFilter { before: Some(before), ..filter });
                Ok((page.items, next))
            })
        }

        /// The entries of the ledger after a place, oldest first.
        #[pyo3(signature = (*, after = 0))]
        fn entries(this, py, after: u64) {
            this.pages::<_, _, Entry, _>(py, after, |shop, after| async move {
                let entries = shop.core().entries(after, Limit::MAX).await?;
                let next = entries.last().map(|last| last.seq);
                Ok((entries, next))
            })
        }

        /// The same, then those to come, as they come. It ends when none came for `timeout`, if that is said, and when
        /// the book is closed.
        #[pyo3(signature = (*, after = 0, timeout = None))]
        fn feed(this, py, after: u64, timeout: Option<Duration>) {
            this.pages::<_, _, Entry, _>(py, (after, Instant::now()), move |shop, (after, last)| async move {
                let patience = look_again(last, timeout);
                let page = shop.core().entries_to_come(after, Limit::MAX, patience).await?;
                let next = match page.items.last() {
                    Some(entry) => Some((entry.seq, Instant::now())),
                    None => {
                        let over = shop.home().is_closed() || timeout.is_some_and(|timeout| last.elapsed() >= timeout);
                        (!over).then_some((after, last))
                    }
                };
                Ok((page.items, next))
            })
        }
    }
}
