CREATE TABLE "event_deliveries" (
	"store_code" text NOT NULL,
	"event_id" uuid NOT NULL,
	"webhook_id" uuid NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"job_id" uuid,
	"attempts" integer DEFAULT 0 NOT NULL,
	"http_status" integer,
	"error_code" text,
	"created_at" timestamp with time zone NOT NULL,
	"last_attempt_at" timestamp with time zone,
	CONSTRAINT "event_deliveries_store_code_event_id_webhook_id_pk" PRIMARY KEY("store_code","event_id","webhook_id"),
	CONSTRAINT "event_deliveries_state_known" CHECK ("event_deliveries"."state" in ('pending','delivered','failed'))
);
--> statement-breakpoint
CREATE TABLE "events" (
	"store_code" text NOT NULL,
	"id" uuid NOT NULL,
	"type" text NOT NULL,
	"snapshot_date" date,
	"data" jsonb NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "events_store_code_id_pk" PRIMARY KEY("store_code","id"),
	CONSTRAINT "events_type_known" CHECK ("events"."type" in ('snapshot.completed','store.needs_reconnect','store.recovered','day.closed'))
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"url" text NOT NULL,
	"events" text[] NOT NULL,
	"enabled" boolean NOT NULL,
	"secret_encrypted" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"failing_since" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "event_deliveries" ADD CONSTRAINT "event_deliveries_webhook_id_webhooks_id_fk" FOREIGN KEY ("webhook_id") REFERENCES "public"."webhooks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_deliveries" ADD CONSTRAINT "event_deliveries_store_code_event_id_events_store_code_id_fk" FOREIGN KEY ("store_code","event_id") REFERENCES "public"."events"("store_code","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_store_code_stores_store_code_fk" FOREIGN KEY ("store_code") REFERENCES "public"."stores"("store_code") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "event_deliveries_newest_first" ON "event_deliveries" USING btree ("webhook_id","created_at" DESC NULLS LAST,"event_id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "event_deliveries_to_queue" ON "event_deliveries" USING btree ("created_at") WHERE "event_deliveries"."state" = 'pending' and "event_deliveries"."job_id" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "events_day_closed_once" ON "events" USING btree ("store_code","snapshot_date") WHERE "events"."type" = 'day.closed';--> statement-breakpoint
CREATE INDEX "events_by_age" ON "events" USING btree ("at","id");--> statement-breakpoint
CREATE INDEX "events_by_id" ON "events" USING btree ("id");