ALTER TABLE "sync_logs" DROP CONSTRAINT "sync_logs_pkey", ADD CONSTRAINT "sync_logs_store_code_id_pk" PRIMARY KEY("store_code","id");
