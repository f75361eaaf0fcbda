CREATE TABLE "sweeps" (
	"name" text PRIMARY KEY NOT NULL,
	"begun_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "audit_log_of_strangers" ON "audit_log" USING btree ("at") WHERE "audit_log"."actor_name" = 'unknown';--> statement-breakpoint
CREATE INDEX "connect_links_by_expiry" ON "connect_links" USING btree ("expires_at");