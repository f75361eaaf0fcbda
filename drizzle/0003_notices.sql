CREATE TABLE "notices" (
	"store_code" text NOT NULL,
	"kind" text NOT NULL,
	"channel" text NOT NULL,
	"day" date,
	"opened_at" timestamp with time zone NOT NULL,
	"closed_at" timestamp with time zone,
	"message_id" uuid,
	"queued_at" timestamp with time zone,
	"sending_until" timestamp with time zone,
	"told_at" timestamp with time zone,
	"quiet_until" timestamp with time zone,
	CONSTRAINT "notices_store_code_kind_channel_pk" PRIMARY KEY("store_code","kind","channel"),
	CONSTRAINT "notices_kind_known" CHECK ("notices"."kind" in ('needs_reconnect','token_ends','day_at_risk','recovered')),
	CONSTRAINT "notices_channel_known" CHECK ("notices"."channel" in ('webhook','email')),
	CONSTRAINT "notices_day_of_its_kind" CHECK (("notices"."kind" = 'day_at_risk') = ("notices"."day" is not null))
);
--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_store_code_stores_store_code_fk" FOREIGN KEY ("store_code") REFERENCES "public"."stores"("store_code") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "notices_open" ON "notices" USING btree ("channel","kind","store_code") WHERE "notices"."closed_at" is null;--> statement-breakpoint
CREATE INDEX "notices_by_message" ON "notices" USING btree ("message_id") WHERE "notices"."closed_at" is null;