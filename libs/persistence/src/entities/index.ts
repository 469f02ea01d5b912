/** Every entity; none of them differs from what the migrations make. */
export const ENTITIES: readonly (new () => object)[] = [];
