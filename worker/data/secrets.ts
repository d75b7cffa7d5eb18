/** A private key block with its key: the header alone appears in much code that reads such blocks. */
const PRIVATE_KEY = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----[^-]{0,240}?[A-Za-z0-9+/]{40}/;

/** Tokens with a fixed shape: AWS, GitHub, GitLab, Slack, Google, Stripe, npm, Hugging Face, OpenAI and Anthropic. */
const ACCESS_TOKEN = new RegExp(
  '\\b(?:' +
    [
      '(?:AKIA|ASIA)(?![0-9A-Z]{9}EXAMPLE)[0-9A-Z]{16}\\b',
      'gh[pousr]_[A-Za-z0-9]{36}',
      'github_pat_[A-Za-z0-9_]{40}',
      'glpat-[A-Za-z0-9_-]{20}',
      'xox[abprs]-[A-Za-z0-9-]{20}',
      'AIza[0-9A-Za-z_-]{35}',
      '[rs]k_live_[0-9A-Za-z]{24}',
      'npm_[A-Za-z0-9]{36}',
      'hf_[A-Za-z0-9]{34}',
      'sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}',
      'sk-(?:proj|ant)-[A-Za-z0-9_-]{40}',
    ].join('|') +
    ')',
);

const AWS_SECRET = /aws_secret_access_key["']?\s*[:=]\s*["']?(?![A-Za-z0-9/+]{33}EXAMPLE)[A-Za-z0-9/+]{40}/i;

/** Characters that a match may span: what a reader of pieces must carry from one to the next. */
export const SECRET_SPAN = 512;

/** Whether a text holds a private key or an access token. Documentation's ...EXAMPLE keys do not count. */
export function holdsSecret(text: string): boolean {
  return PRIVATE_KEY.test(text) || ACCESS_TOKEN.test(text) || AWS_SECRET.test(text);
}
