CREATE TABLE "video_ages" (
	"store_code" text NOT NULL,
	"video_id" text NOT NULL,
	"age_days" smallint NOT NULL,
	"view_count" bigint,
	"like_count" bigint,
	"comment_count" bigint,
	"share_count" bigint,
	CONSTRAINT "video_ages_store_code_video_id_age_days_pk" PRIMARY KEY("store_code","video_id","age_days")
);
--> statement-breakpoint
ALTER TABLE "video_ages" ADD CONSTRAINT "video_ages_store_code_video_id_videos_store_code_video_id_fk" FOREIGN KEY ("store_code","video_id") REFERENCES "public"."videos"("store_code","video_id") ON DELETE cascade ON UPDATE no action;