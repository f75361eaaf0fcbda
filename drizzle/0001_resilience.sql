CREATE TABLE "audit_log" (
	"id" uuid PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"actor_key_id" uuid,
	"actor_name" text NOT NULL,
	"action" text NOT NULL,
	"store_code" text,
	"target" text,
	"outcome" text NOT NULL,
	"client" text
);
--> statement-breakpoint
CREATE TABLE "circuit_breakers" (
	"endpoint" text PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"opened_at" timestamp with time zone,
	"probe_at" timestamp with time zone,
	"failed_probes" integer DEFAULT 0 NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "circuit_breakers_state_known" CHECK ("circuit_breakers"."state" in ('closed','open'))
);
--> statement-breakpoint
CREATE TABLE "heartbeats" (
	"process_id" uuid PRIMARY KEY NOT NULL,
	"roles" text[] NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"seen_at" timestamp with time zone NOT NULL,
	"worker_seen_at" timestamp with time zone,
	"scheduler_seen_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "admin_keys" ADD COLUMN "scope" text DEFAULT 'admin' NOT NULL;--> statement-breakpoint
ALTER TABLE "admin_keys" ADD COLUMN "expires_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "admin_keys" ADD COLUMN "last_used_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "request_budgets" ADD COLUMN "reserve_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "tiktok_accounts" ADD COLUMN "refresh_process_id" uuid;--> statement-breakpoint
CREATE INDEX "audit_log_newest_first" ON "audit_log" USING btree ("at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "audit_log_by_store" ON "audit_log" USING btree ("store_code","at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
ALTER TABLE "admin_keys" ADD CONSTRAINT "admin_keys_scope_known" CHECK ("admin_keys"."scope" in ('read','operate','admin'));