//! A book inside a program of one's own: `cargo run -p examples --bin embed`.

use khata::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> khata::Result<()> {
    // "sqlite://shop.db" keeps it in a file.
    let khata = khata::open("sqlite::memory:").await?;
    let new = NewOwner::new("Sharma Kirana", "Asha Sharma", "9876543210", "correct horse battery")?;
    let shop = khata.shop(khata.register(new).await?.id).await?;

    let ravi = shop.add_customer(NewCustomer::new("Ravi Kumar", "9123456789")?).await?;
    let invoice = shop.add_invoice(NewInvoice::new(ravi.id, shop.today(), shop.amount("1180.50")?)).await?;
    shop.add_receipt(NewReceipt::new(ravi.id, shop.today(), shop.amount("1000")?, PaymentType::Upi)).await?;

    let balance = shop.balance(ravi.id, None).await?.balance;
    println!("{} owes {} after {}", ravi.name, shop.format(balance), invoice.number);
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
