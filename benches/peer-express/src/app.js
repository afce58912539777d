import cookieParser from "cookie-parser";
import express from "express";
import mongoose from "mongoose";

import { customers } from "./routes/customers.js";
import { invoices } from "./routes/invoices.js";
import { receipts } from "./routes/receipts.js";
import { shopOwners } from "./routes/shopowners.js";

export const app = express();
app.use(express.json());
app.use(cookieParser());
app.use("/api/shopowners", shopOwners);
app.use("/api/customers", customers);
app.use("/api/invoices", invoices);
app.use("/api/receipts", receipts);

const DUPLICATE_KEY = 11000;

// Express takes a function of four parameters for what answers errors.
app.use((error, request, response, next) => {
  if (response.headersSent) return next(error);
  const { status, message } = answerTo(error);
  response.status(status).json({ message });
});

function answerTo(error) {
  if (error instanceof mongoose.Error.ValidationError || error instanceof mongoose.Error.CastError) {
    return { status: 400, message: error.message };
  }
  if (error.code === DUPLICATE_KEY) return { status: 409, message: "exists already" };
  if (error.status) return { status: error.status, message: error.message };
  console.error(error);
  return { status: 500, message: "internal server error" };
}
