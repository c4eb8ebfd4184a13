export interface Route {
  /** `$default` or `GET /path/{parameter}`. */
  readonly key: string;
  readonly functionArn: string;
}

export interface MatchedRoute {
  readonly route: Route;
  readonly pathParameters: Record<string, string>;
}

/**
 * Finds the most specific route of a request. The order: literal parts, parameters, `{greedy+}`; a method, ANY;
 * `$default`.
 */
export function matchRoute(routes: readonly Route[], method: string, path: string): MatchedRoute | undefined {
  const matches = routes.flatMap((route) => {
    const [routeMethod = '', pattern] = route.key.split(' ');
    const pathParameters = pattern && (routeMethod === 'ANY' || routeMethod === method) ? parametersOf(pattern, path) : undefined;
    return pathParameters ? [{ route, pathParameters }] : [];
  });
  const [best] = matches.sort((a, b) => (rank(a.route.key) < rank(b.route.key) ? -1 : 1));
  const fallback = routes.find(({ key }) => key === '$default');
  return best ?? (fallback && { route: fallback, pathParameters: {} });
}

/** Writes how unspecific each part is, so that ranks compare as text. */
function rank(key: string): string {
  const [method, pattern = ''] = key.split(' ');
  const parts = pattern.split('/').map((part) => (part.endsWith('+}') ? '2' : part.startsWith('{') ? '1' : '0'));
  return `${parts.join('')}${method === 'ANY' ? '1' : '0'}`;
}

function parametersOf(pattern: string, path: string): Record<string, string> | undefined {
  const expression = pattern
    .split('/')
    .map((part) => part.replace(/^\{(\w+)\+\}$/, '(?<$1>.+)').replace(/^\{(\w+)\}$/, '(?<$1>[^/]+)'))
    .join('/');
  const found = new RegExp(`^${expression}/?$`).exec(path);
  if (!found) return undefined;
  return Object.fromEntries(Object.entries(found.groups ?? {}).map(([name, value]) => [name, decoded(value)]));
}

/** Decodes a path. A badly encoded one stays as it came. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
