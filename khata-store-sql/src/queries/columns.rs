macro_rules! owner_columns {
    () => {
        "o.id, o.shop_name, o.proprietor_name, o.mobile, o.gst_number, o.state, o.currency, o.time_zone, o.upi_id, \
         o.locked_until, o.created_at, o.updated_at, o.revision, o.password_version, o.seq, o.hash, o.recorded_at"
    };
}

macro_rules! customer_columns {
    () => {
        "c.owner_id, c.id, c.name, c.firm_name, c.mobile, c.city, c.state, c.gst_number, c.credit_limit, c.balance, \
         c.invoiced, c.received, c.archived_at, c.created_at, c.updated_at, c.revision, c.last_seq"
    };
}

macro_rules! entry_columns {
    () => {
        "e.owner_id, e.seq, e.id, e.actor_id, e.kind, e.customer_id, e.item_id, e.date, e.recorded_at, e.amount, \
         e.reason, e.body_hash, e.hash"
    };
}

macro_rules! item_columns {
    () => {
        "i.owner_id, i.id, i.customer_id, i.kind, i.side, i.amount, i.open, i.invoice_id, i.credited, i.date, i.due, \
         i.free_from, i.seq, i.void, i.updated_at"
    };
}

macro_rules! allocation_columns {
    () => {
        "a.owner_id, a.seq, a.ordinal, a.customer_id, a.debit, a.debit_kind, a.credit, a.credit_kind, a.amount, \
         a.effective"
    };
}

macro_rules! document_columns {
    () => {
        "d.owner_id, d.id, d.customer_id, d.kind, d.year, d.number, d.date, d.seq, d.recorded_at, d.body"
    };
}

/// A document's columns, and those of its item that it doesn't have itself.
macro_rules! paper_columns {
    () => {
        concat!(
            document_columns!(),
            ", i.side, i.amount, i.open, i.invoice_id, i.credited, i.due, i.free_from, i.void, i.updated_at"
        )
    };
}
