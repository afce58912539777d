import { Router } from "express";

import { authenticated } from "../auth.js";
import { parseDate } from "../dates.js";
import { Receipt } from "../models/receipt.js";
import { Problem, requireFields } from "../problem.js";

export const receipts = Router();
receipts.use(authenticated);

receipts.post("/add", async ({ body, shopOwnerId }, response) => {
  requireFields(body, ["customerId", "date", "receiptNumber", "amount", "paymentType"]);
  const { customerId, receiptNumber, amount, paymentType } = body;
  const taken = await Receipt.findOne({ receiptNumber, shopOwnerId });
  if (taken) throw new Problem(409, "receiptNumber is taken");
  const receipt = await Receipt.create({
    customerId, shopOwnerId, receiptNumber, amount, paymentType,
    ...parseDate(body.date),
  });
  response.status(201).json(receipt);
});

receipts.get("/customer/:customerId", async ({ params, shopOwnerId }, response) => {
  response.json(await Receipt.find({ customerId: params.customerId, shopOwnerId }));
});

receipts.get("/shop/:shopOwnerId", async ({ params, shopOwnerId }, response) => {
  if (params.shopOwnerId !== shopOwnerId) throw new Problem(404, "no such shop");
  response.json(await Receipt.find({ shopOwnerId }));
});
