import { Router } from "express";

import { authenticated } from "../auth.js";
import { Customer } from "../models/customer.js";
import { Problem, requireFields } from "../problem.js";

export const customers = Router();
customers.use(authenticated);

customers.post("/add", async ({ body, shopOwnerId }, response) => {
  requireFields(body, ["name", "mobileNumber"]);
  const { firmName, name, mobileNumber, city, state, gstNumber } = body;
  if (await Customer.findOne({ mobileNumber, shopOwnerId })) throw new Problem(409, "mobileNumber is taken");
  const fields = { firmName, name, mobileNumber, city, state, gstNumber, shopOwnerId };
  response.status(201).json(await Customer.create(fields));
});

customers.get("/shop", async ({ shopOwnerId }, response) => {
  response.json(await Customer.find({ shopOwnerId }));
});

customers.get("/get/:id", async ({ params, shopOwnerId }, response) => {
  response.json(found(await Customer.findOne({ _id: params.id, shopOwnerId })));
});

customers.put("/update/:id", async ({ params, body, shopOwnerId }, response) => {
  const { firmName, name, mobileNumber, city, state, gstNumber } = body;
  const changes = { firmName, name, mobileNumber, city, state, gstNumber };
  const filter = { _id: params.id, shopOwnerId };
  response.json(found(await Customer.findOneAndUpdate(filter, changes, { new: true, runValidators: true })));
});

customers.delete("/delete/:id", async ({ params, shopOwnerId }, response) => {
  found(await Customer.findOneAndDelete({ _id: params.id, shopOwnerId }));
  response.json({ message: "deleted" });
});

function found(customer) {
  if (!customer) throw new Problem(404, "no such customer");
  return customer;
}
