/* Speaks many lines with the flite voices in one process and keeps the labels.
 *
 *   flite_batch OUT_PREFIX < lines        one line = voice TAB text
 *
 * OUT_PREFIX.pcm    int16 little-endian mono, 16 kHz, utterances one after the other
 * OUT_PREFIX.jsonl  one object per line: {"voice","text","samples","phones":[["name",end_sample,token],...]}
 *                   token = index of the white-space separated word that the phone belongs to, -1 in a pause
 */
#include <flite/flite.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

cst_voice *register_cmu_us_rms(const char *);
cst_voice *register_cmu_us_slt(const char *);
cst_voice *register_cmu_us_awb(const char *);
cst_voice *register_cmu_us_kal16(const char *);

static cst_voice *pick(const char *name)
{
    static cst_voice *rms, *slt, *awb, *kal16;
    if (!strcmp(name, "rms")) return rms ? rms : (rms = register_cmu_us_rms(NULL));
    if (!strcmp(name, "slt")) return slt ? slt : (slt = register_cmu_us_slt(NULL));
    if (!strcmp(name, "awb")) return awb ? awb : (awb = register_cmu_us_awb(NULL));
    if (!strcmp(name, "kal16")) return kal16 ? kal16 : (kal16 = register_cmu_us_kal16(NULL));
    return NULL;
}

static void put_json_string(FILE *f, const char *s)
{
    fputc('"', f);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\') fputc('\\', f);
        fputc(*s, f);
    }
    fputc('"', f);
}

/* Index of the text token that spoke this segment, or -1. */
static int token_of(const cst_item *segment)
{
    const cst_item *up = item_as(segment, "SylStructure");
    int n = 0;
    if (!up || !(up = item_parent(up)) || !(up = item_parent(up))) return -1;
    if (!(up = item_as(up, "Token")) || !(up = item_parent(up))) return -1;
    while ((up = item_prev(up))) n++;
    return n;
}

int main(int argc, char **argv)
{
    char path[4096], line[8192];
    FILE *pcm, *labels;
    if (argc != 2) return 2;
    snprintf(path, sizeof path, "%s.pcm", argv[1]);
    pcm = fopen(path, "wb");
    snprintf(path, sizeof path, "%s.jsonl", argv[1]);
    labels = fopen(path, "w");
    if (!pcm || !labels) return 3;
    flite_init();
    while (fgets(line, sizeof line, stdin)) {
        char *text = strchr(line, '\t');
        cst_voice *voice;
        cst_utterance *utt;
        cst_wave *wave;
        cst_item *seg;
        int first = 1;
        if (!text) continue;
        *text++ = 0;
        text[strcspn(text, "\r\n")] = 0;
        if (!(voice = pick(line)) || !(utt = flite_synth_text(text, voice))) continue;
        wave = utt_wave(utt);
        if (wave && wave->sample_rate == 16000) {
            fwrite(wave->samples, 2, wave->num_samples, pcm);
            fputs("{\"voice\":", labels);
            put_json_string(labels, line);
            fputs(",\"text\":", labels);
            put_json_string(labels, text);
            fprintf(labels, ",\"samples\":%d,\"phones\":[", wave->num_samples);
            for (seg = relation_head(utt_relation(utt, "Segment")); seg; seg = item_next(seg)) {
                fprintf(labels, "%s[\"%s\",%d,%d]", first ? "" : ",", item_feat_string(seg, "name"),
                        (int)(item_feat_float(seg, "end") * 16000.0 + 0.5), token_of(seg));
                first = 0;
            }
            fputs("]}\n", labels);
        }
        delete_utterance(utt);
    }
    return fclose(pcm) || fclose(labels);
}
