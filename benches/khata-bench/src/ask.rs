//! What is asked, in words that Khata and the peer both understand.

use crate::request::Template;
use crate::work::Scene;

const INVOICE: &str = r#"{"customerId":"<customer>","date":"<date>","invoiceNumber":"<number>","grossAmount":1000,"cgst":90,"sgst":90,"totalAmount":1180}"#;
const LARGE_INVOICE: &str = r#"{"customerId":"<customer>","date":"<date>","invoiceNumber":"<number>","grossAmount":1000000,"totalAmount":1000000}"#;
const RECEIPT: &str = r#"{"customerId":"<customer>","date":"<date>","receiptNumber":"<number>","amount":1,"paymentType":"upi"}"#;
const LOGIN: &str = r#"{"mobileNumber":"<mobile>","password":"<password>"}"#;

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Create an invoice with taxes.
    Invoice,
    /// The same, with an idempotency key, which only Khata heeds.
    KeyedInvoice,
    /// Take a receipt, so small that it leaves every invoice open.
    Receipt,
    /// List the shop's customers.
    Customers,
    /// List a customer's invoices.
    Invoices,
    /// Get a customer.
    Customer,
}

impl Ask {
    /// The request, with places for what differs.
    pub(crate) fn template(self) -> Template {
        match self {
            Self::Invoice => Template::new("POST", "/api/invoices/add", INVOICE),
            Self::KeyedInvoice => Template::new("POST", "/api/invoices/add", INVOICE).keyed(),
            Self::Receipt => Template::new("POST", "/api/receipts/add", RECEIPT),
            Self::Customers => Template::new("GET", "/api/customers/shop", ""),
            Self::Invoices => Template::new("GET", "/api/invoices/customer/<customer>", ""),
            Self::Customer => Template::new("GET", "/api/customers/get/<customer>", ""),
        }
    }

    /// How long the list is that is answered, if it is one.
    pub(crate) fn items(self, scene: &Scene) -> Option<u32> {
        match self {
            Self::Customers => Some(scene.customers),
            Self::Invoices => Some(scene.invoices),
            Self::Invoice | Self::KeyedInvoice | Self::Receipt | Self::Customer => None,
        }
    }
}

/// An invoice that is there before, too large to be paid by what is measured.
pub(crate) fn open_invoice() -> Template {
    Template::new("POST", "/api/invoices/add", LARGE_INVOICE)
}

/// A login, from an address of one's own.
pub(crate) fn login() -> Template {
    Template::new("POST", "/api/shopowners/login", LOGIN).forwarded()
}
