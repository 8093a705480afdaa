// The choice of a token a row; see model/sampling.py.

// The noise of model/noise.py: exponential, from a hash of (seed, position, token).
__device__ unsigned mix(unsigned x, int rounds) {
    x = (x ^ (x >> 16)) * 0x7feb352du;
    if (rounds == 2) x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}
__device__ float exponential(unsigned token, unsigned first, unsigned second) {
    unsigned bits = mix((mix(token, 2) ^ first) * (second | 1), 1);
    float u = (float)((bits & 0x7fffffffu) | 1) * (float)((1 - 1.0 / (1 << 23)) / 2147483648.0);
    return -log1pf(-u);
}

#define LEAST (-200.0f)  // exp() of it is 0 in float32
struct Found {           // of some of a row's tokens
    float largest;       // logit
    float weights;       // sum of w = exp(s), where s = (logit - largest) / T
    float weighted;      // sum of w * s
    float score;         // largest s - log(noise)
    int token;           // whose score it is
};
__device__ void keep_better(float& score, int& token, float other_score, int other) {
    if (other_score > score || (other_score == score && other < token)) score = other_score, token = other;
}

// found (rows, gridDim.x), each of a share of the first n_tokens of logits (rows, vocab_size).
extern "C" __global__ void choose_among_share(const float* logits, const unsigned* first,
                                              const unsigned* second, const float* temperatures,
                                              Found* found, int vocab_size, int n_tokens) {
    __shared__ float scores[MOST_WARPS];
    __shared__ int tokens[MOST_WARPS];
    const int row = blockIdx.y, share = (n_tokens + gridDim.x - 1) / gridDim.x;
    const int begin = blockIdx.x * share, end = min(begin + share, n_tokens);
    const float T = temperatures[row], divisor = T > 0 ? fmaxf(T, 1.17549435e-38f) : 1;
    logits += (long long)row * vocab_size;
    after_the_one_before();
    float largest = NOWHERE;
    for (int i = begin + threadIdx.x; i < end; i += blockDim.x) largest = fmaxf(largest, logits[i]);
    largest = block_max(largest);
    float weights = 0, weighted = 0, score = NOWHERE;
    int token = n_tokens;
    for (int i = begin + threadIdx.x; i < end; i += blockDim.x) {
        float s = (logits[i] - largest) / divisor, w = expf(s);
        weights += w, weighted += w * fmaxf(s, LEAST);
        keep_better(score, token, T > 0 ? s - logf(exponential(i, first[row], second[row])) : s, i);
    }
    weights = block_sum(weights), weighted = block_sum(weighted);
    for (int other = 16; other; other /= 2)
        keep_better(score, token, __shfl_xor_sync(ALL_LANES, score, other),
                    __shfl_xor_sync(ALL_LANES, token, other));
    if (threadIdx.x % 32 == 0) scores[threadIdx.x / 32] = score, tokens[threadIdx.x / 32] = token;
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int i = 1; i < blockDim.x / 32; i++) keep_better(score, token, scores[i], tokens[i]);
        Found all = {largest, weights, weighted, score, token};
        found[row * gridDim.x + blockIdx.x] = all;
    }
}

// drawn (3, rows): token, its probability, entropy in nats; tokens (rows,): the same token. One warp a row.
extern "C" __global__ void choose(const float* logits, const Found* found, const float* temperatures,
                                  float* drawn, int* tokens, int vocab_size, int n_shares) {
    after_the_one_before();
    const int row = blockIdx.x, rows = gridDim.x;
    const float T = temperatures[row], divisor = T > 0 ? fmaxf(T, 1.17549435e-38f) : 1;
    found += row * n_shares;
    float largest = NOWHERE, weights = 0, weighted = 0, score = NOWHERE;
    int token = vocab_size;
    for (int i = threadIdx.x; i < n_shares; i += 32) largest = fmaxf(largest, found[i].largest);
    largest = warp_max(largest);
    for (int i = threadIdx.x; i < n_shares; i += 32) {
        if (found[i].weights == 0) continue;  // an empty share
        float s = (found[i].largest - largest) / divisor, w = expf(s);
        weights += w * found[i].weights;
        weighted += w * (found[i].weighted + fmaxf(s, LEAST) * found[i].weights);
        keep_better(score, token, found[i].score + s, found[i].token);
    }
    weights = warp_sum(weights), weighted = warp_sum(weighted);
    for (int other = 16; other; other /= 2)
        keep_better(score, token, __shfl_xor_sync(ALL_LANES, score, other),
                    __shfl_xor_sync(ALL_LANES, token, other));
    if (threadIdx.x == 0) {
        token = min(token, vocab_size - 1);  // logits that are no numbers have no best one
        const float chosen = logits[(long long)row * vocab_size + token];
        drawn[row] = tokens[row] = token;
        drawn[rows + row] = expf((chosen - largest) / divisor) / weights;
        drawn[2 * rows + row] = logf(weights) - weighted / weights;
    }
}
