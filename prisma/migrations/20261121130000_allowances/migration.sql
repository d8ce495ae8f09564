-- How often something was done within the window that ends at "expire", in milliseconds since the epoch. The columns' names and types are rate-limiter-flexible's.
CREATE TABLE "Allowance" (
    "key" VARCHAR(255) NOT NULL,
    "points" INTEGER NOT NULL DEFAULT 0,
    "expire" BIGINT,
    CONSTRAINT "Allowance_pkey" PRIMARY KEY ("key")
);
