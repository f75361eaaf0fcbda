ALTER TABLE "stores" ADD COLUMN "oldest_listed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "videos" ADD COLUMN "presence" text DEFAULT 'listed' NOT NULL;--> statement-breakpoint
ALTER TABLE "videos" ADD COLUMN "presence_since" date;--> statement-breakpoint
ALTER TABLE "videos" ADD COLUMN "asked_on" date;--> statement-breakpoint
ALTER TABLE "videos" ADD CONSTRAINT "videos_presence_known" CHECK ("videos"."presence" in ('listed','unlisted','absent','gone'));