// Connects, builds the indexes, and only then listens: whoever sees the port open measures the whole of it.
import mongoose from "mongoose";

import { app } from "./app.js";

const { PORT, MONGODB_URL } = process.env;

await mongoose.connect(MONGODB_URL);
await Promise.all(Object.values(mongoose.models).map((model) => model.init()));
app.listen(Number(PORT), "127.0.0.1");
