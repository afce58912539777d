import { Router } from "express";

import { authenticated } from "../auth.js";
import { parseDate } from "../dates.js";
import { Invoice } from "../models/invoice.js";
import { Problem, requireFields } from "../problem.js";

export const invoices = Router();
invoices.use(authenticated);

invoices.post("/add", async ({ body, shopOwnerId }, response) => {
  requireFields(body, ["customerId", "date", "invoiceNumber", "grossAmount", "totalAmount"]);
  const { customerId, invoiceNumber, grossAmount, cgst, sgst, igst, otherCharges, totalAmount } = body;
  if (cgst !== sgst || (cgst !== undefined && igst !== undefined)) {
    throw new Problem(400, "either igst, or cgst and the same sgst");
  }
  const taken = await Invoice.findOne({ invoiceNumber, shopOwnerId });
  if (taken) throw new Problem(409, "invoiceNumber is taken");
  const invoice = await Invoice.create({
    customerId, shopOwnerId, invoiceNumber, ...parseDate(body.date),
    grossAmount, cgst, sgst, igst, otherCharges, totalAmount,
  });
  response.status(201).json(invoice);
});

invoices.get("/customer/:customerId", async ({ params, shopOwnerId }, response) => {
  response.json(await Invoice.find({ customerId: params.customerId, shopOwnerId }));
});

invoices.get("/shop", async ({ shopOwnerId }, response) => {
  response.json(await Invoice.find({ shopOwnerId }));
});
