// Made from src/client/client.ts by `npm run client:emit`.
export interface ClientOptions {
    /** An admin key. */
    key: string;
    /** In place of the global one: for a proxy, a deadline, a test. */
    fetch?: typeof fetch;
}
/**
 * Every route under /api, as in `client(url, { key }).api.stores[':store_code'].$get({ param: { store_code } })`. An
 * answer is a Response: `ok` and `status` tell which body `json()` gives, a refusal's is `{ error: { code, message } }`
 * with the codes of that route. Rejects only when no answer came, with the error of `fetch`.
 */
export declare const client: (url: string, { key, ...options }: ClientOptions) => {
    api: {
        "admin-keys": import("hono/client").ClientRequest<string, "/api/admin-keys", {
            $get: {
                output: {
                    items: {
                        id: string;
                        name: string;
                        scope: "admin" | "operate" | "read";
                        created_at: string;
                        expires_at: string | null;
                        last_used_at: string | null;
                        revoked_at: string | null;
                    }[];
                    next_cursor: string | null;
                };
                outputFormat: "json";
                status: 200;
                input: {
                    query: {
                        limit?: string | undefined;
                        cursor?: string | undefined;
                    };
                };
            } | {
                input: {
                    query: {
                        limit?: string | undefined;
                        cursor?: string | undefined;
                    };
                };
                output: {
                    error: {
                        code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                        message: string;
                    };
                };
                outputFormat: 'json';
                status: 400 | 401 | 403 | 413 | 415 | 429 | 500 | 503;
            };
            $post: {
                output: {
                    id: string;
                    name: string;
                    scope: "admin" | "operate" | "read";
                    created_at: string;
                    expires_at: string | null;
                    last_used_at: string | null;
                    revoked_at: string | null;
                    key: string;
                };
                outputFormat: "json";
                status: 201;
                input: {
                    json: {
                        name: string;
                        scope: "admin" | "operate" | "read";
                        expires_in_days?: number | undefined;
                        expires_at?: string | undefined;
                    };
                };
            } | {
                input: {
                    json: {
                        name: string;
                        scope: "admin" | "operate" | "read";
                        expires_in_days?: number | undefined;
                        expires_at?: string | undefined;
                    };
                };
                output: {
                    error: {
                        code: "ALREADY_DONE" | "FORBIDDEN" | "IDEMPOTENCY_KEY_IN_USE" | "IDEMPOTENCY_KEY_REUSED" | "INTERNAL" | "INVALID_REQUEST" | "KEY_EXISTS" | "PAYLOAD_TOO_LARGE" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                        message: string;
                    };
                };
                outputFormat: 'json';
                status: 400 | 401 | 403 | 409 | 413 | 415 | 429 | 500 | 503;
            };
        }>;
    };
} & {
    api: {
        "admin-keys": {
            ":id": import("hono/client").ClientRequest<string, "/api/admin-keys/:id", {
                $delete: {
                    output: {};
                    outputFormat: string;
                    status: 204;
                    input: {
                        param: {
                            id: string;
                        };
                    };
                } | {
                    input: {
                        param: {
                            id: string;
                        };
                    };
                    output: {
                        error: {
                            code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "KEY_NOT_FOUND" | "KEY_NOT_REVOCABLE" | "PAYLOAD_TOO_LARGE" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                            message: string;
                        };
                    };
                    outputFormat: 'json';
                    status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 500 | 503;
                };
            }>;
        };
    };
} & {
    api: {
        audit: import("hono/client").ClientRequest<string, "/api/audit", {
            $get: {
                output: {
                    items: {
                        id: string;
                        at: string;
                        actor: {
                            key_id: string | null;
                            name: string;
                        };
                        action: "admin_key.create" | "admin_key.revoke" | "admin_key.use" | "connect_link.open" | "data.erase" | "data.export" | "data.restore" | "job.cancel" | "job.retry" | "session.begin" | "session.end" | "store.authorization_removed" | "store.bulk" | "store.connect" | "store.connect_link" | "store.create" | "store.delete" | "store.disconnect" | "store.resync" | "store.undo_connect" | "store.update" | "token_keys.rotate" | "webhook.create" | "webhook.delete" | "webhook.receive" | "webhook.replay" | "webhook.update";
                        store_code: string | null;
                        target: string | null;
                        outcome: string;
                        client: string | null;
                    }[];
                    next_cursor: string | null;
                };
                outputFormat: "json";
                status: 200;
                input: {
                    query: {
                        limit?: string | undefined;
                        cursor?: string | undefined;
                        store_code?: string | undefined;
                        action?: "admin_key.create" | "admin_key.revoke" | "admin_key.use" | "connect_link.open" | "data.erase" | "data.export" | "data.restore" | "job.cancel" | "job.retry" | "session.begin" | "session.end" | "store.authorization_removed" | "store.bulk" | "store.connect" | "store.connect_link" | "store.create" | "store.delete" | "store.disconnect" | "store.resync" | "store.undo_connect" | "store.update" | "token_keys.rotate" | "webhook.create" | "webhook.delete" | "webhook.receive" | "webhook.replay" | "webhook.update" | undefined;
                    };
                };
            } | {
                input: {
                    query: {
                        limit?: string | undefined;
                        cursor?: string | undefined;
                        store_code?: string | undefined;
                        action?: "admin_key.create" | "admin_key.revoke" | "admin_key.use" | "connect_link.open" | "data.erase" | "data.export" | "data.restore" | "job.cancel" | "job.retry" | "session.begin" | "session.end" | "store.authorization_removed" | "store.bulk" | "store.connect" | "store.connect_link" | "store.create" | "store.delete" | "store.disconnect" | "store.resync" | "store.undo_connect" | "store.update" | "token_keys.rotate" | "webhook.create" | "webhook.delete" | "webhook.receive" | "webhook.replay" | "webhook.update" | undefined;
                    };
                };
                output: {
                    error: {
                        code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                        message: string;
                    };
                };
                outputFormat: 'json';
                status: 400 | 401 | 403 | 413 | 415 | 429 | 500 | 503;
            };
        }>;
    };
} & {
    api: {
        coverage: import("hono/client").ClientRequest<string, "/api/coverage", {
            $get: {
                output: {
                    date: string;
                    expected: number;
                    complete: number;
                    partial: number;
                    late: number;
                    running: number;
                    pending: number;
                    missed: number;
                    waiting: {
                        worker: number;
                        running: number;
                        limit: number;
                        retry: number;
                        breaker: number;
                        owner: number;
                        pause: number;
                        admin: number;
                        local_time: number;
                    };
                    forecast: {
                        stores_left: number;
                        eta_at: string | null;
                    };
                    items: {
                        store_code: string;
                        state: "complete" | "late" | "missed" | "partial" | "pending" | "running";
                        reason: string | null;
                        waits_for: "admin" | "breaker" | "limit" | "owner" | "pause" | "retry" | "running" | "worker" | null;
                        explanation: string;
                        captured_at: string | null;
                    }[];
                    next_cursor: string | null;
                };
                outputFormat: "json";
                status: 200;
                input: {
                    query: {
                        limit?: string | undefined;
                        cursor?: string | undefined;
                        date?: string | undefined;
                        state?: "complete" | "late" | "missed" | "partial" | "pending" | "running" | undefined;
                    };
                };
            } | {
                input: {
                    query: {
                        limit?: string | undefined;
                        cursor?: string | undefined;
                        date?: string | undefined;
                        state?: "complete" | "late" | "missed" | "partial" | "pending" | "running" | undefined;
                    };
                };
                output: {
                    error: {
                        code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                        message: string;
                    };
                };
                outputFormat: 'json';
                status: 400 | 401 | 403 | 413 | 415 | 429 | 500 | 503;
            };
        }>;
    };
} & {
    api: {
        erasures: import("hono/client").ClientRequest<string, "/api/erasures", {
            $post: {
                output: {
                    id: string;
                    erased_at: string;
                    store_code: string | null;
                    open_id: string | null;
                    stores: string[];
                    rows: {
                        [x: string]: number;
                    };
                    audit_rows_stripped: number;
                    spool_files: number;
                    revoked_at_tiktok: boolean | null;
                    search: {
                        columns: number;
                        found: {
                            table: string;
                            column: string;
                            rows: number;
                        }[];
                    } | null;
                };
                outputFormat: "json";
                status: 200;
                input: {
                    json: {
                        store_code?: string | undefined;
                        open_id?: string | undefined;
                        confirm: string;
                    };
                };
            } | {
                input: {
                    json: {
                        store_code?: string | undefined;
                        open_id?: string | undefined;
                        confirm: string;
                    };
                };
                output: {
                    error: {
                        code: "ACCOUNT_NOT_FOUND" | "ALREADY_DONE" | "FORBIDDEN" | "IDEMPOTENCY_KEY_IN_USE" | "IDEMPOTENCY_KEY_REUSED" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "STORE_NOT_FOUND" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                        message: string;
                    };
                };
                outputFormat: 'json';
                status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 500 | 503;
            };
        }>;
    };
} & {
    api: {
        export: {
            ":series": import("hono/client").ClientRequest<string, "/api/export/:series", {
                $get: never;
            }>;
        };
    };
} & {
    api: {
        jobs: {
            ":id": import("hono/client").ClientRequest<string, "/api/jobs/:id", {
                $get: {
                    output: {
                        id: string;
                        store_code: string;
                        snapshot_date: string;
                        trigger: "catch_up" | "connect" | "manual" | "schedule";
                        state: "active" | "cancelled" | "completed" | "deferred" | "failed" | "queued" | "retrying";
                        attempt: number;
                        max_attempts: number;
                        created_at: string;
                        started_at: string | null;
                        finished_at: string | null;
                        retry_at: string | null;
                        progress: {
                            pages: number;
                            videos: number;
                        } | null;
                        error: {
                            code: string;
                            http_status: number | null;
                            tiktok_log_id: string | null;
                        } | null;
                    };
                    outputFormat: "json";
                    status: 200;
                    input: {
                        param: {
                            id: string;
                        };
                    };
                } | {
                    input: {
                        param: {
                            id: string;
                        };
                    };
                    output: {
                        error: {
                            code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "JOB_NOT_FOUND" | "PAYLOAD_TOO_LARGE" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                            message: string;
                        };
                    };
                    outputFormat: 'json';
                    status: 400 | 401 | 403 | 404 | 413 | 415 | 429 | 500 | 503;
                };
            }>;
        };
    };
} & {
    api: {
        jobs: {
            ":id": {
                cancel: import("hono/client").ClientRequest<string, "/api/jobs/:id/cancel", {
                    $post: {
                        output: {
                            id: string;
                            store_code: string;
                            snapshot_date: string;
                            trigger: "catch_up" | "connect" | "manual" | "schedule";
                            state: "active" | "cancelled" | "completed" | "deferred" | "failed" | "queued" | "retrying";
                            attempt: number;
                            max_attempts: number;
                            created_at: string;
                            started_at: string | null;
                            finished_at: string | null;
                            retry_at: string | null;
                            progress: {
                                pages: number;
                                videos: number;
                            } | null;
                            error: {
                                code: string;
                                http_status: number | null;
                                tiktok_log_id: string | null;
                            } | null;
                        };
                        outputFormat: "json";
                        status: 200;
                        input: {
                            param: {
                                id: string;
                            };
                        };
                    } | {
                        input: {
                            param: {
                                id: string;
                            };
                        };
                        output: {
                            error: {
                                code: "ALREADY_DONE" | "FORBIDDEN" | "IDEMPOTENCY_KEY_IN_USE" | "IDEMPOTENCY_KEY_REUSED" | "INTERNAL" | "INVALID_REQUEST" | "JOB_NOT_CANCELLABLE" | "JOB_NOT_FOUND" | "PAYLOAD_TOO_LARGE" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                                message: string;
                            };
                        };
                        outputFormat: 'json';
                        status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 500 | 503;
                    };
                }>;
            };
        };
    };
} & {
    api: {
        jobs: {
            ":id": {
                retry: import("hono/client").ClientRequest<string, "/api/jobs/:id/retry", {
                    $post: {
                        output: {
                            id: string;
                            store_code: string;
                            snapshot_date: string;
                            trigger: "catch_up" | "connect" | "manual" | "schedule";
                            state: "active" | "cancelled" | "completed" | "deferred" | "failed" | "queued" | "retrying";
                            attempt: number;
                            max_attempts: number;
                            created_at: string;
                            started_at: string | null;
                            finished_at: string | null;
                            retry_at: string | null;
                            progress: {
                                pages: number;
                                videos: number;
                            } | null;
                            error: {
                                code: string;
                                http_status: number | null;
                                tiktok_log_id: string | null;
                            } | null;
                        };
                        outputFormat: "json";
                        status: 202;
                        input: {
                            param: {
                                id: string;
                            };
                        };
                    } | {
                        input: {
                            param: {
                                id: string;
                            };
                        };
                        output: {
                            error: {
                                code: "ALREADY_DONE" | "FORBIDDEN" | "IDEMPOTENCY_KEY_IN_USE" | "IDEMPOTENCY_KEY_REUSED" | "INTERNAL" | "INVALID_REQUEST" | "JOB_NOT_FOUND" | "JOB_NOT_RETRYABLE" | "PAYLOAD_TOO_LARGE" | "SYNC_IN_PROGRESS" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                                message: string;
                            };
                        };
                        outputFormat: 'json';
                        status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 500 | 503;
                    };
                }>;
            };
        };
    };
} & {
    api: {
        queue: import("hono/client").ClientRequest<string, "/api/queue", {
            $get: {
                output: {
                    queued: number;
                    deferred: number;
                    active: number;
                    retrying: number;
                    failed: number;
                    completed_today: number;
                    oldest_queued_seconds: number | null;
                    per_minute: number;
                    eta_seconds: number | null;
                    breaker: {
                        endpoint: string;
                        open_since: string | null;
                        next_probe_at: string | null;
                    } | null;
                };
                outputFormat: "json";
                status: 200;
                input: {};
            } | {
                input: {};
                output: {
                    error: {
                        code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                        message: string;
                    };
                };
                outputFormat: 'json';
                status: 400 | 401 | 403 | 413 | 415 | 429 | 500 | 503;
            };
        }>;
    };
} & {
    api: {
        report: import("hono/client").ClientRequest<string, "/api/report", {
            $get: {
                output: string | {
                    items: {
                        rank: number | null;
                        store_code: string;
                        name: string;
                        left_out: "not_expected" | "not_said" | "one_reading" | "partial" | "unread" | null;
                        captured_at: string | null;
                        missing_days: number;
                        followers: {
                            current: {
                                value: number | null;
                                change: number | null;
                                span_days: number | null;
                                per_day: number | null;
                                quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                since: string | null;
                                until: string | null;
                            };
                            previous: {
                                value: number | null;
                                change: number | null;
                                span_days: number | null;
                                per_day: number | null;
                                quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                since: string | null;
                                until: string | null;
                            };
                        };
                        following: {
                            current: {
                                value: number | null;
                                change: number | null;
                                span_days: number | null;
                                per_day: number | null;
                                quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                since: string | null;
                                until: string | null;
                            };
                            previous: {
                                value: number | null;
                                change: number | null;
                                span_days: number | null;
                                per_day: number | null;
                                quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                since: string | null;
                                until: string | null;
                            };
                        };
                        likes: {
                            current: {
                                value: number | null;
                                change: number | null;
                                span_days: number | null;
                                per_day: number | null;
                                quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                since: string | null;
                                until: string | null;
                            };
                            previous: {
                                value: number | null;
                                change: number | null;
                                span_days: number | null;
                                per_day: number | null;
                                quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                since: string | null;
                                until: string | null;
                            };
                        };
                        videos: {
                            current: {
                                value: number | null;
                                change: number | null;
                                span_days: number | null;
                                per_day: number | null;
                                quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                since: string | null;
                                until: string | null;
                            };
                            previous: {
                                value: number | null;
                                change: number | null;
                                span_days: number | null;
                                per_day: number | null;
                                quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                since: string | null;
                                until: string | null;
                            };
                        };
                    }[];
                    next_cursor: string | null;
                    period: {
                        from: string;
                        to: string;
                        days: number;
                    };
                    previous_period: {
                        from: string;
                        to: string;
                        days: number;
                    };
                    totals: {
                        followers: {
                            current: {
                                value: number | null;
                                read: number;
                                change: number | null;
                                compared: number;
                                first: number;
                            };
                            previous: {
                                value: number | null;
                                read: number;
                                change: number | null;
                                compared: number;
                                first: number;
                            };
                        };
                        following: {
                            current: {
                                value: number | null;
                                read: number;
                                change: number | null;
                                compared: number;
                                first: number;
                            };
                            previous: {
                                value: number | null;
                                read: number;
                                change: number | null;
                                compared: number;
                                first: number;
                            };
                        };
                        likes: {
                            current: {
                                value: number | null;
                                read: number;
                                change: number | null;
                                compared: number;
                                first: number;
                            };
                            previous: {
                                value: number | null;
                                read: number;
                                change: number | null;
                                compared: number;
                                first: number;
                            };
                        };
                        videos: {
                            current: {
                                value: number | null;
                                read: number;
                                change: number | null;
                                compared: number;
                                first: number;
                            };
                            previous: {
                                value: number | null;
                                read: number;
                                change: number | null;
                                compared: number;
                                first: number;
                            };
                        };
                    };
                    freshness: {
                        captured_at: string | null;
                        missing_days: number;
                        next_sync_at: string | null;
                        counted: number;
                        left_out: {
                            not_expected: number;
                            unread: number;
                            partial: number;
                            not_said: number;
                            one_reading: number;
                        };
                    };
                };
                outputFormat: "json";
                status: 200;
                input: {
                    query: {
                        limit?: string | undefined;
                        cursor?: string | undefined;
                        from?: string | undefined;
                        to?: string | undefined;
                        sort?: "followers" | "following" | "likes" | "videos" | undefined;
                        order?: "asc" | "desc" | undefined;
                        format?: "csv" | "json" | undefined;
                    };
                };
            };
        }>;
    };
} & {
    api: {
        stores: import("hono/client").ClientRequest<string, "/api/stores", {
            $get: {
                output: {
                    items: {
                        store_code: string;
                        name: string;
                        timezone: string;
                        status: "CONNECTED" | "DISCONNECTED" | "NEED_RECONNECT" | "PENDING";
                        status_reason: string | null;
                        paused: boolean;
                        account: {
                            open_id: string;
                            username: string | null;
                            display_name: string | null;
                            avatar_url: string | null;
                        } | null;
                        connected_at: string | null;
                        last_synced_at: string | null;
                        last_snapshot_date: string | null;
                        next_sync_at: string | null;
                        job: {
                            id: string;
                            state: "active" | "cancelled" | "completed" | "deferred" | "failed" | "queued" | "retrying";
                        } | null;
                        created_at: string;
                        updated_at: string;
                    }[];
                    next_cursor: string | null;
                };
                outputFormat: "json";
                status: 200;
                input: {
                    query: {
                        limit?: string | undefined;
                        cursor?: string | undefined;
                        status?: "CONNECTED" | "DISCONNECTED" | "NEED_RECONNECT" | "PENDING" | undefined;
                    };
                };
            } | {
                input: {
                    query: {
                        limit?: string | undefined;
                        cursor?: string | undefined;
                        status?: "CONNECTED" | "DISCONNECTED" | "NEED_RECONNECT" | "PENDING" | undefined;
                    };
                };
                output: {
                    error: {
                        code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                        message: string;
                    };
                };
                outputFormat: 'json';
                status: 400 | 401 | 403 | 413 | 415 | 429 | 500 | 503;
            };
            $post: {
                output: {
                    store_code: string;
                    name: string;
                    timezone: string;
                    status: "CONNECTED" | "DISCONNECTED" | "NEED_RECONNECT" | "PENDING";
                    status_reason: string | null;
                    paused: boolean;
                    account: {
                        open_id: string;
                        username: string | null;
                        display_name: string | null;
                        avatar_url: string | null;
                    } | null;
                    connected_at: string | null;
                    last_synced_at: string | null;
                    last_snapshot_date: string | null;
                    next_sync_at: string | null;
                    job: {
                        id: string;
                        state: "active" | "cancelled" | "completed" | "deferred" | "failed" | "queued" | "retrying";
                    } | null;
                    created_at: string;
                    updated_at: string;
                };
                outputFormat: "json";
                status: 201;
                input: {
                    json: {
                        store_code: string;
                        name: string;
                        timezone?: string | undefined;
                    };
                };
            } | {
                input: {
                    json: {
                        store_code: string;
                        name: string;
                        timezone?: string | undefined;
                    };
                };
                output: {
                    error: {
                        code: "ALREADY_DONE" | "FORBIDDEN" | "IDEMPOTENCY_KEY_IN_USE" | "IDEMPOTENCY_KEY_REUSED" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "STORE_EXISTS" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                        message: string;
                    };
                };
                outputFormat: 'json';
                status: 400 | 401 | 403 | 409 | 413 | 415 | 429 | 500 | 503;
            };
        }>;
    };
} & {
    api: {
        stores: {
            ":store_code": import("hono/client").ClientRequest<string, "/api/stores/:store_code", {
                $delete: {
                    output: {};
                    outputFormat: string;
                    status: 204;
                    input: {
                        param: {
                            store_code: string;
                        };
                    };
                } | {
                    input: {
                        param: {
                            store_code: string;
                        };
                    };
                    output: {
                        error: {
                            code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "STORE_NOT_FOUND" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                            message: string;
                        };
                    };
                    outputFormat: 'json';
                    status: 400 | 401 | 403 | 404 | 413 | 415 | 429 | 500 | 503;
                };
                $get: {
                    output: {
                        store_code: string;
                        name: string;
                        timezone: string;
                        status: "CONNECTED" | "DISCONNECTED" | "NEED_RECONNECT" | "PENDING";
                        status_reason: string | null;
                        paused: boolean;
                        account: {
                            open_id: string;
                            username: string | null;
                            display_name: string | null;
                            avatar_url: string | null;
                        } | null;
                        connected_at: string | null;
                        last_synced_at: string | null;
                        last_snapshot_date: string | null;
                        next_sync_at: string | null;
                        job: {
                            id: string;
                            state: "active" | "cancelled" | "completed" | "deferred" | "failed" | "queued" | "retrying";
                        } | null;
                        created_at: string;
                        updated_at: string;
                    };
                    outputFormat: "json";
                    status: 200;
                    input: {
                        param: {
                            store_code: string;
                        };
                    };
                } | {
                    input: {
                        param: {
                            store_code: string;
                        };
                    };
                    output: {
                        error: {
                            code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "STORE_NOT_FOUND" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                            message: string;
                        };
                    };
                    outputFormat: 'json';
                    status: 400 | 401 | 403 | 404 | 413 | 415 | 429 | 500 | 503;
                };
                $patch: {
                    output: {
                        store_code: string;
                        name: string;
                        timezone: string;
                        status: "CONNECTED" | "DISCONNECTED" | "NEED_RECONNECT" | "PENDING";
                        status_reason: string | null;
                        paused: boolean;
                        account: {
                            open_id: string;
                            username: string | null;
                            display_name: string | null;
                            avatar_url: string | null;
                        } | null;
                        connected_at: string | null;
                        last_synced_at: string | null;
                        last_snapshot_date: string | null;
                        next_sync_at: string | null;
                        job: {
                            id: string;
                            state: "active" | "cancelled" | "completed" | "deferred" | "failed" | "queued" | "retrying";
                        } | null;
                        created_at: string;
                        updated_at: string;
                    };
                    outputFormat: "json";
                    status: 200;
                    input: {
                        param: {
                            store_code: string;
                        };
                    } & {
                        json: {
                            name?: string | undefined;
                            timezone?: string | undefined;
                            paused?: boolean | undefined;
                        };
                    };
                } | {
                    input: {
                        param: {
                            store_code: string;
                        };
                    } & {
                        json: {
                            name?: string | undefined;
                            timezone?: string | undefined;
                            paused?: boolean | undefined;
                        };
                    };
                    output: {
                        error: {
                            code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "STORE_NOT_FOUND" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                            message: string;
                        };
                    };
                    outputFormat: 'json';
                    status: 400 | 401 | 403 | 404 | 413 | 415 | 429 | 500 | 503;
                };
            }>;
        };
    };
} & {
    api: {
        stores: {
            ":store_code": {
                "connect-links": import("hono/client").ClientRequest<string, "/api/stores/:store_code/connect-links", {
                    $post: {
                        output: {
                            url: string;
                            expires_at: string;
                        };
                        outputFormat: "json";
                        status: 201;
                        input: {
                            param: {
                                store_code: string;
                            };
                        };
                    } | {
                        input: {
                            param: {
                                store_code: string;
                            };
                        };
                        output: {
                            error: {
                                code: "ALREADY_DONE" | "FORBIDDEN" | "IDEMPOTENCY_KEY_IN_USE" | "IDEMPOTENCY_KEY_REUSED" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "STORE_NOT_FOUND" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                                message: string;
                            };
                        };
                        outputFormat: 'json';
                        status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 500 | 503;
                    };
                }>;
            };
        };
    };
} & {
    api: {
        stores: {
            ":store_code": {
                curve: import("hono/client").ClientRequest<string, "/api/stores/:store_code/curve", {
                    $get: {
                        output: string | {
                            items: {
                                age_days: number;
                                views: {
                                    lower_quartile: number | null;
                                    median: number | null;
                                    upper_quartile: number | null;
                                    videos: number;
                                };
                                likes: {
                                    lower_quartile: number | null;
                                    median: number | null;
                                    upper_quartile: number | null;
                                    videos: number;
                                };
                                comments: {
                                    lower_quartile: number | null;
                                    median: number | null;
                                    upper_quartile: number | null;
                                    videos: number;
                                };
                                shares: {
                                    lower_quartile: number | null;
                                    median: number | null;
                                    upper_quartile: number | null;
                                    videos: number;
                                };
                            }[];
                            freshness: {
                                captured_at: string | null;
                                next_sync_at: string | null;
                                missing_days: number;
                            };
                        };
                        outputFormat: "json";
                        status: 200;
                        input: {
                            param: {
                                store_code: string;
                            };
                        } & {
                            query: {
                                format?: "csv" | "json" | undefined;
                            };
                        };
                    };
                }>;
            };
        };
    };
} & {
    api: {
        stores: {
            ":store_code": {
                daily: import("hono/client").ClientRequest<string, "/api/stores/:store_code/daily", {
                    $get: {
                        output: {
                            items: {
                                snapshot_date: string;
                                follower_count: number | null;
                                following_count: number | null;
                                likes_count: number | null;
                                video_count: number | null;
                                captured_at: string;
                            }[];
                            next_cursor: string | null;
                        };
                        outputFormat: "json";
                        status: 200;
                        input: {
                            param: {
                                store_code: string;
                            };
                        } & {
                            query: {
                                limit?: string | undefined;
                                cursor?: string | undefined;
                                from?: string | undefined;
                                to?: string | undefined;
                            };
                        };
                    } | {
                        input: {
                            param: {
                                store_code: string;
                            };
                        } & {
                            query: {
                                limit?: string | undefined;
                                cursor?: string | undefined;
                                from?: string | undefined;
                                to?: string | undefined;
                            };
                        };
                        output: {
                            error: {
                                code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "STORE_NOT_FOUND" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                                message: string;
                            };
                        };
                        outputFormat: 'json';
                        status: 400 | 401 | 403 | 404 | 413 | 415 | 429 | 500 | 503;
                    };
                }>;
            };
        };
    };
} & {
    api: {
        stores: {
            ":store_code": {
                disconnect: import("hono/client").ClientRequest<string, "/api/stores/:store_code/disconnect", {
                    $post: {
                        output: {
                            store_code: string;
                            name: string;
                            timezone: string;
                            status: "CONNECTED" | "DISCONNECTED" | "NEED_RECONNECT" | "PENDING";
                            status_reason: string | null;
                            paused: boolean;
                            account: {
                                open_id: string;
                                username: string | null;
                                display_name: string | null;
                                avatar_url: string | null;
                            } | null;
                            connected_at: string | null;
                            last_synced_at: string | null;
                            last_snapshot_date: string | null;
                            next_sync_at: string | null;
                            job: {
                                id: string;
                                state: "active" | "cancelled" | "completed" | "deferred" | "failed" | "queued" | "retrying";
                            } | null;
                            created_at: string;
                            updated_at: string;
                        };
                        outputFormat: "json";
                        status: 200;
                        input: {
                            param: {
                                store_code: string;
                            };
                        };
                    } | {
                        input: {
                            param: {
                                store_code: string;
                            };
                        };
                        output: {
                            error: {
                                code: "ALREADY_DONE" | "FORBIDDEN" | "IDEMPOTENCY_KEY_IN_USE" | "IDEMPOTENCY_KEY_REUSED" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "STORE_NOT_CONNECTED" | "STORE_NOT_FOUND" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                                message: string;
                            };
                        };
                        outputFormat: 'json';
                        status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 500 | 503;
                    };
                }>;
            };
        };
    };
} & {
    api: {
        stores: {
            ":store_code": {
                growth: import("hono/client").ClientRequest<string, "/api/stores/:store_code/growth", {
                    $get: {
                        output: string | {
                            items: {
                                snapshot_date: string;
                                day_state: "complete" | "late" | "missed" | "partial" | "pending" | "running";
                                captured_at: string | null;
                                followers: {
                                    value: number | null;
                                    change: number | null;
                                    span_days: number | null;
                                    per_day: number | null;
                                    quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                };
                                following: {
                                    value: number | null;
                                    change: number | null;
                                    span_days: number | null;
                                    per_day: number | null;
                                    quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                };
                                likes: {
                                    value: number | null;
                                    change: number | null;
                                    span_days: number | null;
                                    per_day: number | null;
                                    quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                };
                                videos: {
                                    value: number | null;
                                    change: number | null;
                                    span_days: number | null;
                                    per_day: number | null;
                                    quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                };
                            }[];
                            next_cursor: string | null;
                            freshness: {
                                captured_at: string | null;
                                next_sync_at: string | null;
                                missing_days: number;
                            };
                        };
                        outputFormat: "json";
                        status: 200;
                        input: {
                            param: {
                                store_code: string;
                            };
                        } & {
                            query: {
                                limit?: string | undefined;
                                cursor?: string | undefined;
                                from?: string | undefined;
                                to?: string | undefined;
                                format?: "csv" | "json" | undefined;
                            };
                        };
                    };
                }>;
            };
        };
    };
} & {
    api: {
        stores: {
            ":store_code": {
                report: import("hono/client").ClientRequest<string, "/api/stores/:store_code/report", {
                    $get: {
                        output: {
                            store_code: string;
                            period: {
                                from: string;
                                to: string;
                                days: number;
                            };
                            previous_period: {
                                from: string;
                                to: string;
                                days: number;
                            };
                            account: {
                                followers: {
                                    current: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                    previous: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                    best_day: {
                                        snapshot_date: string;
                                        change: number;
                                    } | null;
                                    worst_day: {
                                        snapshot_date: string;
                                        change: number;
                                    } | null;
                                };
                                following: {
                                    current: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                    previous: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                    best_day: {
                                        snapshot_date: string;
                                        change: number;
                                    } | null;
                                    worst_day: {
                                        snapshot_date: string;
                                        change: number;
                                    } | null;
                                };
                                likes: {
                                    current: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                    previous: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                    best_day: {
                                        snapshot_date: string;
                                        change: number;
                                    } | null;
                                    worst_day: {
                                        snapshot_date: string;
                                        change: number;
                                    } | null;
                                };
                                videos: {
                                    current: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                    previous: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                    best_day: {
                                        snapshot_date: string;
                                        change: number;
                                    } | null;
                                    worst_day: {
                                        snapshot_date: string;
                                        change: number;
                                    } | null;
                                };
                            };
                            videos: {
                                views: {
                                    current: {
                                        value: number | null;
                                        read: number;
                                        change: number | null;
                                        compared: number;
                                        first: number;
                                    };
                                    previous: {
                                        value: number | null;
                                        read: number;
                                        change: number | null;
                                        compared: number;
                                        first: number;
                                    };
                                };
                                likes: {
                                    current: {
                                        value: number | null;
                                        read: number;
                                        change: number | null;
                                        compared: number;
                                        first: number;
                                    };
                                    previous: {
                                        value: number | null;
                                        read: number;
                                        change: number | null;
                                        compared: number;
                                        first: number;
                                    };
                                };
                                comments: {
                                    current: {
                                        value: number | null;
                                        read: number;
                                        change: number | null;
                                        compared: number;
                                        first: number;
                                    };
                                    previous: {
                                        value: number | null;
                                        read: number;
                                        change: number | null;
                                        compared: number;
                                        first: number;
                                    };
                                };
                                shares: {
                                    current: {
                                        value: number | null;
                                        read: number;
                                        change: number | null;
                                        compared: number;
                                        first: number;
                                    };
                                    previous: {
                                        value: number | null;
                                        read: number;
                                        change: number | null;
                                        compared: number;
                                        first: number;
                                    };
                                };
                            };
                            best_videos: {
                                video_id: string;
                                title: string | null;
                                views: {
                                    current: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                    previous: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                };
                                likes: {
                                    current: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                    previous: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                };
                                comments: {
                                    current: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                    previous: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                };
                                shares: {
                                    current: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                    previous: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                };
                            }[];
                            worst_videos: {
                                video_id: string;
                                title: string | null;
                                views: {
                                    current: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                    previous: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                };
                                likes: {
                                    current: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                    previous: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                };
                                comments: {
                                    current: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                    previous: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                };
                                shares: {
                                    current: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                    previous: {
                                        value: number | null;
                                        change: number | null;
                                        span_days: number | null;
                                        per_day: number | null;
                                        quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        since: string | null;
                                        until: string | null;
                                    };
                                };
                            }[];
                            freshness: {
                                captured_at: string | null;
                                next_sync_at: string | null;
                                missing_days: number;
                            };
                        };
                        outputFormat: "json";
                        status: 200;
                        input: {
                            param: {
                                store_code: string;
                            };
                        } & {
                            query: {
                                from?: string | undefined;
                                to?: string | undefined;
                            };
                        };
                    } | {
                        input: {
                            param: {
                                store_code: string;
                            };
                        } & {
                            query: {
                                from?: string | undefined;
                                to?: string | undefined;
                            };
                        };
                        output: {
                            error: {
                                code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "STORE_NOT_FOUND" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                                message: string;
                            };
                        };
                        outputFormat: 'json';
                        status: 400 | 401 | 403 | 404 | 413 | 415 | 429 | 500 | 503;
                    };
                }>;
            };
        };
    };
} & {
    api: {
        stores: {
            ":store_code": {
                resync: import("hono/client").ClientRequest<string, "/api/stores/:store_code/resync", {
                    $post: {
                        output: {
                            job: {
                                id: string;
                                state: "active" | "cancelled" | "completed" | "deferred" | "failed" | "queued" | "retrying";
                            };
                        };
                        outputFormat: "json";
                        status: 202;
                        input: {
                            param: {
                                store_code: string;
                            };
                        };
                    } | {
                        input: {
                            param: {
                                store_code: string;
                            };
                        };
                        output: {
                            error: {
                                code: "ALREADY_DONE" | "FORBIDDEN" | "IDEMPOTENCY_KEY_IN_USE" | "IDEMPOTENCY_KEY_REUSED" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "STORE_NOT_CONNECTED" | "STORE_NOT_FOUND" | "SYNC_IN_PROGRESS" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                                message: string;
                            };
                        };
                        outputFormat: 'json';
                        status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 500 | 503;
                    };
                }>;
            };
        };
    };
} & {
    api: {
        stores: {
            ":store_code": {
                videos: import("hono/client").ClientRequest<string, "/api/stores/:store_code/videos", {
                    $get: {
                        output: {
                            items: {
                                video_id: string;
                                title: string | null;
                                description: string | null;
                                posted_at: string | null;
                                duration_seconds: number | null;
                                width: number | null;
                                height: number | null;
                                share_url: string | null;
                                embed_link: string | null;
                                first_seen_date: string;
                                presence: "absent" | "beyond_cap" | "gone" | "listed" | "unlisted";
                                presence_since: string | null;
                                latest: {
                                    snapshot_date: string;
                                    view_count: number | null;
                                    like_count: number | null;
                                    comment_count: number | null;
                                    share_count: number | null;
                                    captured_at: string;
                                };
                            }[];
                            next_cursor: string | null;
                        };
                        outputFormat: "json";
                        status: 200;
                        input: {
                            param: {
                                store_code: string;
                            };
                        } & {
                            query: {
                                limit?: string | undefined;
                                cursor?: string | undefined;
                                presence?: "absent" | "beyond_cap" | "gone" | "listed" | "unlisted" | undefined;
                            };
                        };
                    } | {
                        input: {
                            param: {
                                store_code: string;
                            };
                        } & {
                            query: {
                                limit?: string | undefined;
                                cursor?: string | undefined;
                                presence?: "absent" | "beyond_cap" | "gone" | "listed" | "unlisted" | undefined;
                            };
                        };
                        output: {
                            error: {
                                code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "STORE_NOT_FOUND" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                                message: string;
                            };
                        };
                        outputFormat: 'json';
                        status: 400 | 401 | 403 | 404 | 413 | 415 | 429 | 500 | 503;
                    };
                }>;
            };
        };
    };
} & {
    api: {
        stores: {
            ":store_code": {
                videos: {
                    ":video_id": {
                        curve: import("hono/client").ClientRequest<string, "/api/stores/:store_code/videos/:video_id/curve", {
                            $get: {
                                output: string | {
                                    video_id: string;
                                    posted_at: string | null;
                                    readings: number;
                                    items: {
                                        age_days: number;
                                        at: string | null;
                                        views: {
                                            lower_quartile: number | null;
                                            median: number | null;
                                            upper_quartile: number | null;
                                            videos: number;
                                            value: number | null;
                                            quality: "interpolated" | "read" | null;
                                            span_days: number | null;
                                            missing: "after_last_reading" | "before_first_reading" | "never_read" | "not_that_old" | "posting_time_unknown" | null;
                                            place: number | null;
                                            times_median: number | null;
                                        };
                                        likes: {
                                            lower_quartile: number | null;
                                            median: number | null;
                                            upper_quartile: number | null;
                                            videos: number;
                                            value: number | null;
                                            quality: "interpolated" | "read" | null;
                                            span_days: number | null;
                                            missing: "after_last_reading" | "before_first_reading" | "never_read" | "not_that_old" | "posting_time_unknown" | null;
                                            place: number | null;
                                            times_median: number | null;
                                        };
                                        comments: {
                                            lower_quartile: number | null;
                                            median: number | null;
                                            upper_quartile: number | null;
                                            videos: number;
                                            value: number | null;
                                            quality: "interpolated" | "read" | null;
                                            span_days: number | null;
                                            missing: "after_last_reading" | "before_first_reading" | "never_read" | "not_that_old" | "posting_time_unknown" | null;
                                            place: number | null;
                                            times_median: number | null;
                                        };
                                        shares: {
                                            lower_quartile: number | null;
                                            median: number | null;
                                            upper_quartile: number | null;
                                            videos: number;
                                            value: number | null;
                                            quality: "interpolated" | "read" | null;
                                            span_days: number | null;
                                            missing: "after_last_reading" | "before_first_reading" | "never_read" | "not_that_old" | "posting_time_unknown" | null;
                                            place: number | null;
                                            times_median: number | null;
                                        };
                                    }[];
                                    freshness: {
                                        captured_at: string | null;
                                        next_sync_at: string | null;
                                        missing_days: number;
                                    };
                                };
                                outputFormat: "json";
                                status: 200;
                                input: {
                                    param: {
                                        store_code: string;
                                        video_id: string;
                                    };
                                } & {
                                    query: {
                                        format?: "csv" | "json" | undefined;
                                    };
                                };
                            };
                        }>;
                    };
                };
            };
        };
    };
} & {
    api: {
        stores: {
            ":store_code": {
                videos: {
                    ":video_id": {
                        daily: import("hono/client").ClientRequest<string, "/api/stores/:store_code/videos/:video_id/daily", {
                            $get: {
                                output: {
                                    items: {
                                        snapshot_date: string;
                                        view_count: number | null;
                                        like_count: number | null;
                                        comment_count: number | null;
                                        share_count: number | null;
                                        captured_at: string;
                                    }[];
                                    next_cursor: string | null;
                                };
                                outputFormat: "json";
                                status: 200;
                                input: {
                                    param: {
                                        store_code: string;
                                        video_id: string;
                                    };
                                } & {
                                    query: {
                                        limit?: string | undefined;
                                        cursor?: string | undefined;
                                        from?: string | undefined;
                                        to?: string | undefined;
                                    };
                                };
                            } | {
                                input: {
                                    param: {
                                        store_code: string;
                                        video_id: string;
                                    };
                                } & {
                                    query: {
                                        limit?: string | undefined;
                                        cursor?: string | undefined;
                                        from?: string | undefined;
                                        to?: string | undefined;
                                    };
                                };
                                output: {
                                    error: {
                                        code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "STORE_NOT_FOUND" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE" | "VIDEO_NOT_FOUND";
                                        message: string;
                                    };
                                };
                                outputFormat: 'json';
                                status: 400 | 401 | 403 | 404 | 413 | 415 | 429 | 500 | 503;
                            };
                        }>;
                    };
                };
            };
        };
    };
} & {
    api: {
        stores: {
            ":store_code": {
                videos: {
                    ":video_id": {
                        growth: import("hono/client").ClientRequest<string, "/api/stores/:store_code/videos/:video_id/growth", {
                            $get: {
                                output: string | {
                                    items: {
                                        snapshot_date: string;
                                        day_state: "complete" | "late" | "missed" | "partial" | "pending" | "running";
                                        captured_at: string | null;
                                        views: {
                                            value: number | null;
                                            change: number | null;
                                            span_days: number | null;
                                            per_day: number | null;
                                            quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        };
                                        likes: {
                                            value: number | null;
                                            change: number | null;
                                            span_days: number | null;
                                            per_day: number | null;
                                            quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        };
                                        comments: {
                                            value: number | null;
                                            change: number | null;
                                            span_days: number | null;
                                            per_day: number | null;
                                            quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        };
                                        shares: {
                                            value: number | null;
                                            change: number | null;
                                            span_days: number | null;
                                            per_day: number | null;
                                            quality: "exact" | "falling" | "first" | "gap" | "late" | "partial" | null;
                                        };
                                    }[];
                                    next_cursor: string | null;
                                    freshness: {
                                        captured_at: string | null;
                                        next_sync_at: string | null;
                                        missing_days: number;
                                    };
                                };
                                outputFormat: "json";
                                status: 200;
                                input: {
                                    param: {
                                        store_code: string;
                                        video_id: string;
                                    };
                                } & {
                                    query: {
                                        limit?: string | undefined;
                                        cursor?: string | undefined;
                                        from?: string | undefined;
                                        to?: string | undefined;
                                        format?: "csv" | "json" | undefined;
                                    };
                                };
                            };
                        }>;
                    };
                };
            };
        };
    };
} & {
    api: {
        "sync-logs": import("hono/client").ClientRequest<string, "/api/sync-logs", {
            $get: {
                output: {
                    items: {
                        id: string;
                        store_code: string;
                        snapshot_date: string;
                        job_name: string;
                        job_id: string;
                        attempt: number;
                        trigger: "catch_up" | "connect" | "manual" | "schedule";
                        status: "FAILED" | "NEED_RECONNECT" | "PARTIAL" | "RUNNING" | "SKIPPED" | "SUCCESS";
                        error_code: string | null;
                        http_status: number | null;
                        tiktok_log_id: string | null;
                        pages: number;
                        videos: number;
                        started_at: string;
                        finished_at: string | null;
                        retry_at: string | null;
                    }[];
                    next_cursor: string | null;
                };
                outputFormat: "json";
                status: 200;
                input: {
                    query: {
                        limit?: string | undefined;
                        cursor?: string | undefined;
                        store_code?: string | undefined;
                        status?: "FAILED" | "NEED_RECONNECT" | "PARTIAL" | "RUNNING" | "SKIPPED" | "SUCCESS" | undefined;
                    };
                };
            } | {
                input: {
                    query: {
                        limit?: string | undefined;
                        cursor?: string | undefined;
                        store_code?: string | undefined;
                        status?: "FAILED" | "NEED_RECONNECT" | "PARTIAL" | "RUNNING" | "SKIPPED" | "SUCCESS" | undefined;
                    };
                };
                output: {
                    error: {
                        code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "STORE_NOT_FOUND" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                        message: string;
                    };
                };
                outputFormat: 'json';
                status: 400 | 401 | 403 | 404 | 413 | 415 | 429 | 500 | 503;
            };
        }>;
    };
} & {
    api: {
        webhooks: import("hono/client").ClientRequest<string, "/api/webhooks", {
            $get: {
                output: {
                    items: {
                        id: string;
                        url: string;
                        events: ("day.closed" | "snapshot.completed" | "store.needs_reconnect" | "store.recovered")[];
                        enabled: boolean;
                        failing_since: string | null;
                        created_at: string;
                    }[];
                    next_cursor: string | null;
                };
                outputFormat: "json";
                status: 200;
                input: {
                    query: {
                        limit?: string | undefined;
                        cursor?: string | undefined;
                    };
                };
            } | {
                input: {
                    query: {
                        limit?: string | undefined;
                        cursor?: string | undefined;
                    };
                };
                output: {
                    error: {
                        code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE";
                        message: string;
                    };
                };
                outputFormat: 'json';
                status: 400 | 401 | 403 | 413 | 415 | 429 | 500 | 503;
            };
            $post: {
                output: {
                    id: string;
                    url: string;
                    events: ("day.closed" | "snapshot.completed" | "store.needs_reconnect" | "store.recovered")[];
                    enabled: boolean;
                    failing_since: string | null;
                    created_at: string;
                    secret: string;
                };
                outputFormat: "json";
                status: 201;
                input: {
                    json: {
                        url: string;
                        events: ("day.closed" | "snapshot.completed" | "store.needs_reconnect" | "store.recovered")[];
                        enabled?: boolean | undefined;
                    };
                };
            } | {
                input: {
                    json: {
                        url: string;
                        events: ("day.closed" | "snapshot.completed" | "store.needs_reconnect" | "store.recovered")[];
                        enabled?: boolean | undefined;
                    };
                };
                output: {
                    error: {
                        code: "ALREADY_DONE" | "FORBIDDEN" | "IDEMPOTENCY_KEY_IN_USE" | "IDEMPOTENCY_KEY_REUSED" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE" | "WEBHOOK_LIMIT";
                        message: string;
                    };
                };
                outputFormat: 'json';
                status: 400 | 401 | 403 | 409 | 413 | 415 | 429 | 500 | 503;
            };
        }>;
    };
} & {
    api: {
        webhooks: {
            ":id": import("hono/client").ClientRequest<string, "/api/webhooks/:id", {
                $delete: {
                    output: {};
                    outputFormat: string;
                    status: 204;
                    input: {
                        param: {
                            id: string;
                        };
                    };
                } | {
                    input: {
                        param: {
                            id: string;
                        };
                    };
                    output: {
                        error: {
                            code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE" | "WEBHOOK_NOT_FOUND";
                            message: string;
                        };
                    };
                    outputFormat: 'json';
                    status: 400 | 401 | 403 | 404 | 413 | 415 | 429 | 500 | 503;
                };
                $get: {
                    output: {
                        id: string;
                        url: string;
                        events: ("day.closed" | "snapshot.completed" | "store.needs_reconnect" | "store.recovered")[];
                        enabled: boolean;
                        failing_since: string | null;
                        created_at: string;
                    };
                    outputFormat: "json";
                    status: 200;
                    input: {
                        param: {
                            id: string;
                        };
                    };
                } | {
                    input: {
                        param: {
                            id: string;
                        };
                    };
                    output: {
                        error: {
                            code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE" | "WEBHOOK_NOT_FOUND";
                            message: string;
                        };
                    };
                    outputFormat: 'json';
                    status: 400 | 401 | 403 | 404 | 413 | 415 | 429 | 500 | 503;
                };
                $patch: {
                    output: {
                        id: string;
                        url: string;
                        events: ("day.closed" | "snapshot.completed" | "store.needs_reconnect" | "store.recovered")[];
                        enabled: boolean;
                        failing_since: string | null;
                        created_at: string;
                    };
                    outputFormat: "json";
                    status: 200;
                    input: {
                        param: {
                            id: string;
                        };
                    } & {
                        json: {
                            url?: string | undefined;
                            events?: ("day.closed" | "snapshot.completed" | "store.needs_reconnect" | "store.recovered")[] | undefined;
                            enabled?: boolean | undefined;
                        };
                    };
                } | {
                    input: {
                        param: {
                            id: string;
                        };
                    } & {
                        json: {
                            url?: string | undefined;
                            events?: ("day.closed" | "snapshot.completed" | "store.needs_reconnect" | "store.recovered")[] | undefined;
                            enabled?: boolean | undefined;
                        };
                    };
                    output: {
                        error: {
                            code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE" | "WEBHOOK_NOT_FOUND";
                            message: string;
                        };
                    };
                    outputFormat: 'json';
                    status: 400 | 401 | 403 | 404 | 413 | 415 | 429 | 500 | 503;
                };
            }>;
        };
    };
} & {
    api: {
        webhooks: {
            ":id": {
                deliveries: import("hono/client").ClientRequest<string, "/api/webhooks/:id/deliveries", {
                    $get: {
                        output: {
                            items: {
                                event_id: string;
                                type: "day.closed" | "snapshot.completed" | "store.needs_reconnect" | "store.recovered";
                                store_code: string;
                                snapshot_date: string | null;
                                state: "delivered" | "failed" | "pending";
                                attempts: number;
                                http_status: number | null;
                                error_code: string | null;
                                created_at: string;
                                last_attempt_at: string | null;
                            }[];
                            next_cursor: string | null;
                        };
                        outputFormat: "json";
                        status: 200;
                        input: {
                            param: {
                                id: string;
                            };
                        } & {
                            query: {
                                limit?: string | undefined;
                                cursor?: string | undefined;
                                state?: "delivered" | "failed" | "pending" | undefined;
                            };
                        };
                    } | {
                        input: {
                            param: {
                                id: string;
                            };
                        } & {
                            query: {
                                limit?: string | undefined;
                                cursor?: string | undefined;
                                state?: "delivered" | "failed" | "pending" | undefined;
                            };
                        };
                        output: {
                            error: {
                                code: "FORBIDDEN" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE" | "WEBHOOK_NOT_FOUND";
                                message: string;
                            };
                        };
                        outputFormat: 'json';
                        status: 400 | 401 | 403 | 404 | 413 | 415 | 429 | 500 | 503;
                    };
                }>;
            };
        };
    };
} & {
    api: {
        webhooks: {
            ":id": {
                replay: import("hono/client").ClientRequest<string, "/api/webhooks/:id/replay", {
                    $post: {
                        output: {
                            queued: number;
                            next_cursor: string | null;
                        };
                        outputFormat: "json";
                        status: 202;
                        input: {
                            param: {
                                id: string;
                            };
                        } & {
                            json: {
                                event_id?: string | undefined;
                                since?: string | undefined;
                                cursor?: string | undefined;
                            };
                        };
                    } | {
                        input: {
                            param: {
                                id: string;
                            };
                        } & {
                            json: {
                                event_id?: string | undefined;
                                since?: string | undefined;
                                cursor?: string | undefined;
                            };
                        };
                        output: {
                            error: {
                                code: "ALREADY_DONE" | "EVENT_NOT_FOUND" | "FORBIDDEN" | "IDEMPOTENCY_KEY_IN_USE" | "IDEMPOTENCY_KEY_REUSED" | "INTERNAL" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" | "TOO_MANY_REQUESTS" | "UNAUTHORIZED" | "UNAVAILABLE" | "UNSUPPORTED_MEDIA_TYPE" | "WEBHOOK_DISABLED" | "WEBHOOK_NOT_FOUND";
                                message: string;
                            };
                        };
                        outputFormat: 'json';
                        status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 500 | 503;
                    };
                }>;
            };
        };
    };
};
