//! A book inside a program of one's own: `cargo run -p examples --bin embed`.

use khata::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // "sqlite://shop.db" keeps it in a file.
    let khata = khata::open("sqlite::memory:").await?;

    let (name, owner) = (Name::parse("Sharma Kirana")?, Name::parse("Asha Sharma")?);
    let (mobile, password) = (MobileNumber::parse("9876543210")?, Password::parse("correct horse battery")?);
    let owner = khata.register(NewOwner::new(name, owner, mobile, password)).await?;
    let shop = khata.shop(owner.id).await?;

    let ravi = NewCustomer::new(Name::parse("Ravi Kumar")?, MobileNumber::parse("9123456789")?);
    let ravi = shop.add_customer(ravi).await?;
    let (goods, paid) = (shop.currency().parse_plain("1180.50")?, shop.currency().parse_plain("1000")?);
    let invoice = shop.add_invoice(NewInvoice::new(ravi.id, shop.today(), goods)).await?;
    shop.add_receipt(NewReceipt::new(ravi.id, shop.today(), paid, PaymentType::Upi)).await?;

    let balance = shop.balance(ravi.id, None).await?.balance;
    println!("{} owes {} after {}", ravi.name, shop.currency().format(balance), invoice.number);
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs() {
        super::main().unwrap();
    }

    #[test]
    fn the_readme_shows_it() {
        let (program, _) = include_str!("embed.rs").split_once("\n#[cfg(test)]").unwrap();
        let (_, program) = program.split_once("\n\n").unwrap();
        let readme = include_str!("../../../README.md");
        assert!(readme.contains(&format!("```rust\n{program}```\n")), "the README shows another program");
    }
}
