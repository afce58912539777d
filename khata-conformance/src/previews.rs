//! Previews: what would come of a posting.

use khata_core::error::{Error, Refusal};
use khata_core::invoice::NewInvoice;
use khata_core::page::Limit;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::void::Void;
use khata_core::write_off::NewWriteOff;

use super::context::{TestContext, assert_fails, day, fault, faults, new_customer, paise, with};
use super::suite;

suite! {
    a_preview_answers_what_a_posting_would_and_posts_nothing,
    a_preview_is_refused_as_a_posting_would_be,
    the_void_of_a_document_is_previewed,
}

async fn a_preview_answers_what_a_posting_would_and_posts_nothing(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = shop.add_customer(new_customer("Ravi", 1)).await.unwrap().id;
    let invoice = shop.add_invoice(NewInvoice::new(ravi, day(1), paise(100))).await.unwrap();
    let customer = shop.customer(ravi).await.unwrap();
    let new = NewReceipt::new(ravi, day(2), paise(120), PaymentType::Cash);
    for _ in 0..2 {
        let preview = shop.preview(new.clone()).await.unwrap();
        assert_eq!((preview.number.as_str(), preview.seq), ("RCT/2026-27/0001", 2));
        assert_eq!((preview.allocations[0].invoice, preview.unapplied), (Some(invoice.id), paise(20)));
        assert_fails!(shop.receipt(preview.id).await, Error::NotFound);
    }
    assert_eq!(shop.customer(ravi).await.unwrap(), customer);
    assert_eq!(shop.invoice(invoice.id).await.unwrap(), invoice);
    assert_eq!(shop.entries(0, Limit::MAX).await.unwrap().len(), 1);
    let receipt = shop.add_receipt(new).await.unwrap();
    assert_eq!((receipt.number.as_str(), receipt.unapplied), ("RCT/2026-27/0001", paise(20)));
}

async fn a_preview_is_refused_as_a_posting_would_be(context: TestContext) {
    let shop = context.shop(1).await;
    let limited = with(new_customer("Ravi", 1), |new| new.credit_limit = Some(paise(100)));
    let ravi = shop.add_customer(limited).await.unwrap().id;
    let refused = shop.preview(NewInvoice::new(ravi, day(1), paise(101))).await;
    assert_fails!(refused, Error::Refused(Refusal::CreditLimitExceeded(_)));
    let write_off = NewWriteOff::new(ravi, day(1), paise(1), "Kasar").unwrap();
    assert_eq!(faults(shop.preview(write_off).await), fault("amount", "beyond_owed"));
}

async fn the_void_of_a_document_is_previewed(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = shop.add_customer(new_customer("Ravi", 1)).await.unwrap().id;
    let invoice = shop.add_invoice(NewInvoice::new(ravi, day(1), paise(100))).await.unwrap();
    let void = || Void::new(invoice.id, "A mistake").unwrap();
    assert_eq!(shop.preview(void()).await.unwrap().outstanding, paise(0));
    assert_eq!(shop.invoice(invoice.id).await.unwrap(), invoice);
    shop.void_invoice(void()).await.unwrap();
    assert_fails!(shop.preview(void()).await, Error::Refused(Refusal::AlreadyVoid));
}
