// Why a request was not done: the server's problem, or that nobody answered.
import type { Problem } from "./types";

export class Failure extends Error {
  readonly code: string;
  readonly help: string;
  /** 0 where nobody answered. */
  readonly status: number;
  readonly requestId: string | null;
  readonly diagnostics: Problem["diagnostics"];

  constructor(problem: Pick<Problem, "code" | "detail" | "help" | "status"> & Partial<Problem>) {
    super(problem.detail);
    this.name = "Failure";
    this.code = problem.code;
    this.help = problem.help;
    this.status = problem.status;
    this.requestId = problem.request_id ?? null;
    this.diagnostics = problem.diagnostics;
  }
}

export function unreachable(): Failure {
  return new Failure({
    code: "server-unreachable",
    detail: "The server does not answer.",
    help: "See whether `tidegate up` runs and whether this machine reaches it, then try again.",
    status: 0,
  });
}

export async function failureOf(response: Response): Promise<Failure> {
  const text = await response.text().catch(() => "");
  try {
    const problem = JSON.parse(text) as Problem;
    if (typeof problem.code === "string") return new Failure(problem);
  } catch {
    // Not from Tidegate: something between here and there answered.
  }
  return new Failure({
    code: "unexpected-answer",
    detail: `The answer was ${response.status} ${response.statusText}, and not from Tidegate.`,
    help: "Look at what stands between this browser and the server: a proxy, a load balancer.",
    status: response.status,
  });
}

export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof TypeError) return unreachable();
  const detail = error instanceof Error ? error.message : String(error);
  return new Failure({ code: "bug", detail, help: "Reload the page; if it happens again, please report it.", status: 0 });
}
