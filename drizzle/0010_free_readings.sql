ALTER TABLE "video_daily" DROP CONSTRAINT "video_daily_store_code_video_id_videos_store_code_video_id_fk";
