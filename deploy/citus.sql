-- The numbers of a very large fleet on several machines, by Citus: what README says under "Beyond one machine". Run once, on
-- the coordinator, after `npm run db:migrate`, with the extension made and the coordinator itself among the nodes
-- (citus_set_coordinator_host): what stays on it refers to `stores`. Each table of the schema is named here once.

-- A row for each store, which all that is distributed refers to: on every node.
SELECT create_reference_table('stores');

-- What grows with stores and days: a store's rows of all tables lie together.
SELECT create_distributed_table('user_daily', 'store_code');
SELECT create_distributed_table('video_daily', 'store_code', colocate_with => 'user_daily');
SELECT create_distributed_table('videos', 'store_code', colocate_with => 'user_daily');
SELECT create_distributed_table('video_ages', 'store_code', colocate_with => 'user_daily');
SELECT create_distributed_table('store_days', 'store_code', colocate_with => 'user_daily');
SELECT create_distributed_table('sync_logs', 'store_code', colocate_with => 'user_daily');

-- What stays on the coordinator, as it is. tiktok_accounts: an account belongs to one store of all, which only one machine
-- can say. The schema pgboss too: its LISTEN, its locks and its SKIP LOCKED want one machine.
--   admin_keys, admin_sessions, audit_log, circuit_breakers, connect_links, event_deliveries, events, heartbeats,
--   idempotency_keys, notices, oauth_states, request_budgets, sweeps, tiktok_accounts, webhooks
