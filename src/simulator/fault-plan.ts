import { z } from 'zod';
import { endpoints } from './endpoints.ts';
import { faultParametersSchema } from './fault-parameters.ts';
import { type FaultKind, type FaultKindDefinition, type FaultyCall, faultKinds } from './faults.ts';
import { roll } from './roll.ts';

const definitions: Record<FaultKind, FaultKindDefinition> = faultKinds;

/** One line of the plan: where, what, how often, and the parameters of its kind. */
export const faultSchema = z
  .strictObject({
    endpoint: z.enum([...endpoints, 'any']),
    kind: z.enum(Object.keys(faultKinds) as [FaultKind, ...FaultKind[]]),
    /** Only requests of this account; any when absent. */
    openId: z.string().optional(),
    /** How often it happens; null is until cleared. By default once, for cursor_loop for ever. */
    times: z.int().min(1).nullable().optional(),
    /** Chance per matching request, drawn from the seed. */
    probability: z.number().min(0).max(1).optional(),
    /** So many matching requests are let through first. */
    afterRequests: z.int().min(0).optional(),
    ...faultParametersSchema.shape,
  })
  .refine(({ endpoint, kind }) => endpoint === 'any' || definitions[kind].endpoints.includes(endpoint), {
    error: 'this endpoint knows no such fault',
  });

export type Fault = z.infer<typeof faultSchema>;

export interface PlannedFault extends Fault {
  id: number;
  /** Matching requests so far, and those it happened to. */
  seen: number;
  fired: number;
}

/** The faults to come. At most one happens to a request: the first of the plan that is due. */
export function createFaultPlan(seed: number) {
  let nextId = 1;
  let draws = 0;
  let plan: PlannedFault[] = [];

  function isDue(fault: PlannedFault, call: FaultyCall, openId: string | null): boolean {
    const definition = definitions[fault.kind];
    if (fault.endpoint !== 'any' && fault.endpoint !== call.endpoint) return false;
    if (!definition.endpoints.includes(call.endpoint) || definition.when?.(call) === false) return false;
    if (fault.openId !== undefined && fault.openId !== openId) return false;
    fault.seen += 1;
    if (fault.seen <= (fault.afterRequests ?? 0)) return false;
    return fault.probability === undefined || roll(seed, 'fault', draws++) < fault.probability;
  }

  return {
    /** Returns the fault's id; throws a ZodError when it makes no sense. */
    add(fault: Fault): number {
      const id = nextId++;
      plan.push({ ...faultSchema.parse(fault), id, seen: 0, fired: 0 });
      return id;
    },
    list: (): readonly PlannedFault[] => plan.map((fault) => ({ ...fault })),
    /** Without an id, all of them. */
    clear(id?: number): void {
      plan = plan.filter((fault) => id !== undefined && fault.id !== id);
    },
    /** The fault that happens to this call, used up by being asked for. */
    take(call: FaultyCall, openId: string | null): { fault: Fault; act: FaultKindDefinition['act'] } | null {
      const fault = plan.find((candidate) => isDue(candidate, call, openId));
      if (!fault) return null;
      const definition = definitions[fault.kind];
      fault.fired += 1;
      const times = fault.times === undefined ? definition.times : fault.times;
      if (times !== null && fault.fired >= times) plan = plan.filter((other) => other !== fault);
      return { fault, act: definition.act };
    },
  };
}

export type FaultPlan = ReturnType<typeof createFaultPlan>;
