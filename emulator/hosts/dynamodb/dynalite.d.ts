// Only what this host uses of dynalite 4, which is CommonJS without types.

declare module 'dynalite/db/index.js' {
  type AttributeValue = import('./wire.ts').AttributeValue;
  type Item = import('./wire.ts').Item;
  type KeyElement = import('./wire.ts').KeyElement;
  type SecondaryIndex = import('./wire.ts').SecondaryIndex;

  interface KeyedTable {
    TableName: string;
    AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
    KeySchema: KeyElement[];
  }

  /** An error with the answer's status and body, which dynalite returns or passes to callbacks. */
  interface ServiceError extends Error {
    statusCode: number;
    body: { __type: string; message?: string; Message?: string };
  }

  interface IndexActions {
    puts: { index: string; key: string; item: Item }[];
    deletes: { index: string; key: string }[];
  }

  const db: {
    validateKey(key: Item, table: KeyedTable): ServiceError | undefined | null;
    validateItem(item: Item, table: KeyedTable): ServiceError | undefined | null;
    validateUpdates(attributeUpdates: unknown, expressionUpdates: unknown, table: KeyedTable): ServiceError | undefined | null;
    compare(operator: string, value: AttributeValue, others: AttributeValue[]): boolean;
    mapPath(path: (string | number)[], item: Item): AttributeValue | null | undefined;
    mapPaths(paths: (string | (string | number)[])[], item: Item): Item;
    createKey(item: Item, table: KeyedTable): string;
    createIndexKey(item: Item, table: KeyedTable, keySchema: KeyElement[]): string;
    getIndexActions(indexes: SecondaryIndex[], before: Item | undefined, after: Item | undefined, table: KeyedTable): IndexActions;
  };

  export type { ServiceError };
  export default db;
}

declare module 'dynalite/validations/index.js' {
  type Types = Record<string, unknown>;
  const validations: {
    checkTypes(request: object, types: Types): Record<string, unknown>;
    checkValidations(
      request: object,
      types: Types,
      custom: ((request: object, store: object) => string | undefined) | undefined,
      store: object,
    ): void;
  };
  export default validations;
}

declare module 'dynalite/validations/*.js' {
  const validation: { types: Record<string, unknown>; custom?: (request: object, store: object) => string | undefined };
  export default validation;
}

declare module 'dynalite/actions/*.js' {
  const action: (store: object, request: object, callback: (error: Error | null, response?: Record<string, unknown>) => void) => void;
  export default action;
}
