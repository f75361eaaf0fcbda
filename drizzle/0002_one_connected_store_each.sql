DROP INDEX "tiktok_accounts_one_store_each";--> statement-breakpoint
CREATE INDEX "tiktok_accounts_by_open_id" ON "tiktok_accounts" USING btree ("open_id");--> statement-breakpoint
CREATE UNIQUE INDEX "tiktok_accounts_one_store_each" ON "tiktok_accounts" USING btree ("open_id") WHERE "tiktok_accounts"."refresh_token_encrypted" is not null;