CREATE TABLE "admin_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"key_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "admin_sessions" (
	"token_hash" "bytea" PRIMARY KEY NOT NULL,
	"admin_key_id" uuid NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "connect_links" (
	"token_hash" "bytea" PRIMARY KEY NOT NULL,
	"store_code" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "oauth_states" (
	"state_hash" "bytea" PRIMARY KEY NOT NULL,
	"browser_hash" "bytea" NOT NULL,
	"link_hash" "bytea" NOT NULL,
	"store_code" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone,
	"outcome" text
);
--> statement-breakpoint
CREATE TABLE "request_budgets" (
	"endpoint" text PRIMARY KEY NOT NULL,
	"next_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "store_days" (
	"store_code" text NOT NULL,
	"snapshot_date" date NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"reason" text,
	"job_id" uuid,
	"retry_after" timestamp with time zone,
	"captured_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "store_days_store_code_snapshot_date_pk" PRIMARY KEY("store_code","snapshot_date"),
	CONSTRAINT "store_days_state_known" CHECK ("store_days"."state" in ('pending','running','complete','partial','late','missed'))
);
--> statement-breakpoint
CREATE TABLE "stores" (
	"store_code" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"timezone" text NOT NULL,
	"status" text DEFAULT 'PENDING' NOT NULL,
	"status_reason" text,
	"paused" boolean DEFAULT false NOT NULL,
	"connected_at" timestamp with time zone,
	"last_synced_at" timestamp with time zone,
	"last_snapshot_date" date,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "stores_store_code_format" CHECK ("stores"."store_code" ~ '^[A-Za-z0-9._-]{1,64}$'),
	CONSTRAINT "stores_status_known" CHECK ("stores"."status" in ('PENDING','CONNECTED','NEED_RECONNECT','DISCONNECTED'))
);
--> statement-breakpoint
CREATE TABLE "sync_logs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"store_code" text NOT NULL,
	"snapshot_date" date NOT NULL,
	"job_name" text NOT NULL,
	"job_id" uuid NOT NULL,
	"delivery" integer NOT NULL,
	"attempt" integer NOT NULL,
	"trigger" text NOT NULL,
	"status" text NOT NULL,
	"error_code" text,
	"http_status" integer,
	"tiktok_log_id" text,
	"pages" integer DEFAULT 0 NOT NULL,
	"videos" integer DEFAULT 0 NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone,
	"retry_at" timestamp with time zone,
	CONSTRAINT "sync_logs_status_known" CHECK ("sync_logs"."status" in ('RUNNING','SUCCESS','PARTIAL','FAILED','SKIPPED','NEED_RECONNECT')),
	CONSTRAINT "sync_logs_closed_with_time" CHECK (("sync_logs"."status" = 'RUNNING') = ("sync_logs"."finished_at" is null))
);
--> statement-breakpoint
CREATE TABLE "tiktok_accounts" (
	"store_code" text PRIMARY KEY NOT NULL,
	"open_id" text NOT NULL,
	"union_id" text,
	"username" text,
	"display_name" text,
	"avatar_url" text,
	"scopes" text[] NOT NULL,
	"access_token_encrypted" "bytea",
	"refresh_token_encrypted" "bytea",
	"access_expires_at" timestamp with time zone,
	"refresh_expires_at" timestamp with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"refresh_state" text DEFAULT 'IDLE' NOT NULL,
	"refresh_attempt_id" uuid,
	"refresh_started_at" timestamp with time zone,
	"spent_token_hash" "bytea",
	"connected_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tiktok_accounts_refresh_state_known" CHECK ("tiktok_accounts"."refresh_state" in ('IDLE','IN_FLIGHT','OUTCOME_UNKNOWN'))
);
--> statement-breakpoint
CREATE TABLE "user_daily" (
	"store_code" text NOT NULL,
	"snapshot_date" date NOT NULL,
	"follower_count" bigint,
	"following_count" bigint,
	"likes_count" bigint,
	"video_count" bigint,
	"captured_at" timestamp with time zone NOT NULL,
	CONSTRAINT "user_daily_store_code_snapshot_date_pk" PRIMARY KEY("store_code","snapshot_date")
);
--> statement-breakpoint
CREATE TABLE "video_daily" (
	"store_code" text NOT NULL,
	"video_id" text NOT NULL,
	"snapshot_date" date NOT NULL,
	"view_count" bigint,
	"like_count" bigint,
	"comment_count" bigint,
	"share_count" bigint,
	"captured_at" timestamp with time zone NOT NULL,
	CONSTRAINT "video_daily_store_code_video_id_snapshot_date_pk" PRIMARY KEY("store_code","video_id","snapshot_date")
);
--> statement-breakpoint
CREATE TABLE "videos" (
	"store_code" text NOT NULL,
	"video_id" text NOT NULL,
	"title" text,
	"description" text,
	"posted_at" timestamp with time zone,
	"duration_seconds" integer,
	"width" integer,
	"height" integer,
	"share_url" text,
	"embed_link" text,
	"first_seen_date" date NOT NULL,
	CONSTRAINT "videos_store_code_video_id_pk" PRIMARY KEY("store_code","video_id")
);
--> statement-breakpoint
ALTER TABLE "admin_sessions" ADD CONSTRAINT "admin_sessions_admin_key_id_admin_keys_id_fk" FOREIGN KEY ("admin_key_id") REFERENCES "public"."admin_keys"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "connect_links" ADD CONSTRAINT "connect_links_store_code_stores_store_code_fk" FOREIGN KEY ("store_code") REFERENCES "public"."stores"("store_code") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oauth_states" ADD CONSTRAINT "oauth_states_link_hash_connect_links_token_hash_fk" FOREIGN KEY ("link_hash") REFERENCES "public"."connect_links"("token_hash") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oauth_states" ADD CONSTRAINT "oauth_states_store_code_stores_store_code_fk" FOREIGN KEY ("store_code") REFERENCES "public"."stores"("store_code") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "store_days" ADD CONSTRAINT "store_days_store_code_stores_store_code_fk" FOREIGN KEY ("store_code") REFERENCES "public"."stores"("store_code") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sync_logs" ADD CONSTRAINT "sync_logs_store_code_stores_store_code_fk" FOREIGN KEY ("store_code") REFERENCES "public"."stores"("store_code") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tiktok_accounts" ADD CONSTRAINT "tiktok_accounts_store_code_stores_store_code_fk" FOREIGN KEY ("store_code") REFERENCES "public"."stores"("store_code") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_daily" ADD CONSTRAINT "user_daily_store_code_stores_store_code_fk" FOREIGN KEY ("store_code") REFERENCES "public"."stores"("store_code") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "video_daily" ADD CONSTRAINT "video_daily_store_code_video_id_videos_store_code_video_id_fk" FOREIGN KEY ("store_code","video_id") REFERENCES "public"."videos"("store_code","video_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "videos" ADD CONSTRAINT "videos_store_code_stores_store_code_fk" FOREIGN KEY ("store_code") REFERENCES "public"."stores"("store_code") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "admin_keys_by_hash" ON "admin_keys" USING btree ("key_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "admin_keys_by_name" ON "admin_keys" USING btree ("name");--> statement-breakpoint
CREATE INDEX "admin_sessions_by_key" ON "admin_sessions" USING btree ("admin_key_id");--> statement-breakpoint
CREATE INDEX "admin_sessions_by_expiry" ON "admin_sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "connect_links_by_store" ON "connect_links" USING btree ("store_code");--> statement-breakpoint
CREATE INDEX "oauth_states_by_browser" ON "oauth_states" USING btree ("browser_hash","created_at");--> statement-breakpoint
CREATE INDEX "oauth_states_by_link" ON "oauth_states" USING btree ("link_hash");--> statement-breakpoint
CREATE INDEX "oauth_states_by_store" ON "oauth_states" USING btree ("store_code");--> statement-breakpoint
CREATE INDEX "oauth_states_by_expiry" ON "oauth_states" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "store_days_by_date" ON "store_days" USING btree ("snapshot_date","state");--> statement-breakpoint
CREATE INDEX "store_days_open" ON "store_days" USING btree ("snapshot_date") WHERE "store_days"."state" in ('pending','running');--> statement-breakpoint
CREATE INDEX "store_days_to_enqueue" ON "store_days" USING btree ("snapshot_date","store_code") WHERE "store_days"."state" in ('pending','running','partial') and ("store_days"."job_id" is null or "store_days"."retry_after" is not null);--> statement-breakpoint
CREATE INDEX "stores_by_status" ON "stores" USING btree ("status","store_code");--> statement-breakpoint
CREATE INDEX "sync_logs_newest_first" ON "sync_logs" USING btree ("started_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "sync_logs_by_store" ON "sync_logs" USING btree ("store_code","started_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "sync_logs_by_job" ON "sync_logs" USING btree ("job_id","started_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "sync_logs_running" ON "sync_logs" USING btree ("store_code") WHERE "sync_logs"."status" = 'RUNNING';--> statement-breakpoint
CREATE UNIQUE INDEX "tiktok_accounts_one_store_each" ON "tiktok_accounts" USING btree ("open_id");