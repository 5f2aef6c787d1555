// The names of the API's shapes, as its own document says them; nothing here is written by hand twice.
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Named<Name extends keyof Schemas> = Schemas[Name];

export type Problem = Named<"Problem">;
export type Whoami = Named<"Whoami">;
export type Release = Named<"Release">;
export type Rollout = Named<"Rollout">;
export type Leg = Named<"Leg">;
export type MovedFlag = Named<"MovedFlag">;
export type Sample = Named<"Sample">;
export type Environment = Named<"Environment">;
export type Slot = Named<"Slot">;
export type Instance = Named<"Instance">;
export type Catalog = Named<"Catalog">;
export type Gate = Named<"Gate">;
export type Gates = Named<"Gates">;
export type Why = Named<"Why">;
export type TidegateEvent = Named<"Event">;
export type CalendarEntry = Named<"CalendarEntry">;
export type Person = Named<"Person">;
export type Token = Named<"Token">;
export type Webhook = Named<"Webhook">;
export type Delivery = Named<"Delivery">;
export type Project = Named<"Project">;
export type Grant = Named<"Grant">;
export type Role = Named<"Role">;
export type Group = Named<"Group">;
export type Review = Named<"Review">;
export type Secret = Named<"Secret">;
export type Drift = Named<"Drift">;
export type Inbound = Named<"Inbound">;
