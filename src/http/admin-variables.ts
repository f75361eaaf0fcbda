import type { AuditEntry } from '../services/audit.ts';
import type { AdminIdentity } from '../services/authenticate-admin.ts';

/** What the audit log is to say of a request; a route adds what only it knows. */
export interface ChangeRecord {
  action: AuditEntry['action'];
  storeCode: string | null;
  target: string | null;
  /** True once its row was written together with the change. */
  recorded: boolean;
  /** The code of a refusal that is shown on a page instead of thrown on. */
  refusal?: string;
}

/** What the middleware knows of a request and its route may ask for. */
export interface AdminVariables {
  /** Set where the policy asks for a scope; on the console only when somebody is signed in. */
  admin: AdminIdentity;
  /** Why a browser has to sign in: it never did, or its session is over. */
  signIn?: 'needed' | 'ended';
  /** Where a sign-in leads that was refused. */
  signInTo?: string;
  /** Set where the policy names an action. */
  change: ChangeRecord;
}
