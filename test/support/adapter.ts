/** An adapter whose buffers hold at most `words` words. */
export function narrow(adapter: GPUAdapter, words: number): GPUAdapter {
  const limits = { maxStorageBufferBindingSize: 4 * words, maxBufferSize: 4 * words };
  return {
    info: adapter.info,
    features: adapter.features,
    limits,
    requestDevice: (descriptor: GPUDeviceDescriptor) => adapter.requestDevice({ ...descriptor, requiredLimits: {} }),
  } as unknown as GPUAdapter;
}
