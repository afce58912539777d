"""A web app over the same book, without blocking: `KHATA_URL=sqlite://shop.db fastapi run fastapi_app.py`."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import khata
from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with khata.aopen(
        os.environ["KHATA_URL"], secret=os.environ.get("KHATA_JWT_SECRET")
    ) as app.state.book:
        yield


app = FastAPI(lifespan=lifespan)


async def shop_of(
    request: Request, authorization: Annotated[str, Header()]
) -> khata.AsyncShop:
    book: khata.AsyncKhata = request.app.state.book
    return await book.authenticate(authorization.removeprefix("Bearer "))


Shop = Annotated[khata.AsyncShop, Depends(shop_of)]


@app.exception_handler(khata.KhataError)
def refused(_: Request, error: khata.KhataError) -> JSONResponse:
    statuses = {
        "NotFound": 404,
        "Conflict": 409,
        "Invalid": 422,
        "Unauthorized": 401,
        "Throttled": 429,
    }
    status = statuses.get(type(error).__name__, 503)
    return JSONResponse({"code": error.code, "detail": str(error)}, status)


@app.get("/customers/{customer}/balance")
async def balance(customer: UUID, shop: Shop) -> dict[str, Decimal]:
    return {"balance": (await shop.balance(customer)).balance}


@app.post("/customers/{customer}/receipts")
async def receive(customer: UUID, amount: Decimal, shop: Shop) -> dict[str, UUID]:
    receipt = await shop.add_receipt(
        customer_id=customer, date=shop.today(), amount=amount, payment_type="upi"
    )
    return {"id": receipt.id}
